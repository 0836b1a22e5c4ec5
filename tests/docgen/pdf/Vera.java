import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.logging.Level;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.features.FeatureFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.metadata.fixer.FixerFactory;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.verapdf.pdfa.validation.validators.ValidatorConfig;
import org.verapdf.pdfa.validation.validators.ValidatorFactory;
import org.verapdf.processor.BatchProcessor;
import org.verapdf.processor.FormatOption;
import org.verapdf.processor.ProcessorConfig;
import org.verapdf.processor.ProcessorFactory;
import org.verapdf.processor.TaskType;
import org.verapdf.processor.plugins.PluginsCollectionConfig;
import org.verapdf.processor.reports.BatchSummary;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Answers as the launcher of veraPDF does: {@code --format json [-f FLAVOUR] FILE...}, with the engine's own writer of
 * reports. Without a flavour it takes 3a alone, as veraPDF did before version 1.26.
 */
class Vera {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        String flavour = "3a";
        List<File> files = new ArrayList<>();
        for (int i = 2; i < arguments.length; i++) {
            if (arguments[i].equals("-f")) {
                flavour = arguments[++i];
            } else {
                files.add(new File(arguments[i]));
            }
        }
        ValidatorConfig how = ValidatorFactory.createConfig(PDFAFlavour.byFlavourId(flavour), PDFAFlavour.PDFA_1_B, false, 100,
            false, false, Level.OFF, 0, false, "", false, false);
        ProcessorConfig what = ProcessorFactory.fromValues(how, FeatureFactory.defaultConfig(),
            PluginsCollectionConfig.defaultConfig(), FixerFactory.defaultConfig(), EnumSet.of(TaskType.VALIDATE),
            profile(flavour.equals("ua1") ? "PDFUA-1" : "PDFA-3A"));
        try (BatchProcessor processor = ProcessorFactory.fileBatchProcessor(what)) {
            BatchSummary summary = processor.process(files,
                ProcessorFactory.getHandler(FormatOption.JSON, false, System.out, false, ""));
            System.exit(summary.getValidationSummary().getNonCompliantPdfaCount() > 0 ? 1 : 0);
        }
    }

    /** By hand: the engine's own reader wants libraries that the archive does not have. */
    static ValidationProfile profile(String name) throws Exception {
        Element root;
        try (InputStream xml = Profiles.class.getResourceAsStream("/org/verapdf/pdfa/validation/" + name + ".xml")) {
            root = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xml).getDocumentElement();
        }
        Set<Rule> rules = new HashSet<>();
        for (Element rule : all(root, "rule")) {
            Element id = all(rule, "id").get(0);
            List<ErrorArgument> said = new ArrayList<>();
            for (Element one : all(rule, "argument")) {
                said.add(ErrorArgumentImpl.fromValues(one.getTextContent(), null, null));
            }
            rules.add(Profiles.ruleFromValues(
                Profiles.ruleIdFromValues(
                    PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
                    id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber"))),
                rule.getAttribute("object"),
                rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null,
                rule.getAttribute("tags"), text(rule, "description"), text(rule, "test"),
                Profiles.errorFromValues(text(rule, "message"), said), new ArrayList<>()));
        }
        Set<Variable> variables = new HashSet<>();
        for (Element one : all(root, "variable")) {
            variables.add(Profiles.variableFromValues(
                one.getAttribute("name"), one.getAttribute("object"), text(one, "defaultValue"), text(one, "value")));
        }
        return Profiles.profileFromValues(
            PDFAFlavour.valueOf(root.getAttribute("flavour")),
            Profiles.profileDetailsFromValues(name, name, "", new Date(0)), "", rules, variables);
    }

    static List<Element> all(Element root, String name) {
        NodeList found = root.getElementsByTagName(name);
        List<Element> list = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            list.add((Element) found.item(i));
        }
        return list;
    }

    static String text(Element root, String name) {
        return all(root, name).get(0).getTextContent();
    }
}
