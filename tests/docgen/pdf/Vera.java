import java.io.File;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.PDFAValidator;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.ErrorArgument;
import org.verapdf.pdfa.validation.profiles.ErrorArgumentImpl;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** Says of each FILE and PROFILE (PDFA-3A,PDFUA-1) whether it holds, with the rules that do not. */
class Vera {
    public static void main(String[] arguments) throws Exception {
        VeraGreenfieldFoundryProvider.initialise();
        for (String name : arguments[0].split(",")) {
            ValidationProfile profile = profile(name);
            for (int i = 1; i < arguments.length; i++) {
                File file = new File(arguments[i]);
                try (PDFAParser parser = Foundries.defaultInstance().createParser(file, profile.getPDFAFlavour());
                        PDFAValidator validator = Foundries.defaultInstance().createValidator(profile, false)) {
                    ValidationResult result = validator.validate(parser);
                    StringBuilder failed = new StringBuilder();
                    for (Map.Entry<RuleId, Integer> one : result.getFailedChecks().entrySet()) {
                        failed.append(' ').append(one.getKey().getClause()).append('-')
                            .append(one.getKey().getTestNumber()).append('x').append(one.getValue());
                    }
                    System.out.println(name + " " + (result.isCompliant() ? "PASS" : "FAIL") + " "
                        + result.getTotalAssertions() + " " + file.getName() + failed);
                }
            }
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
