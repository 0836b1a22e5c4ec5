#!/bin/sh
# Verifies this bundle offline:  sh VERIFY.sh [--trust CA.pem]
#
# Needs a POSIX shell and one of sha256sum, shasum, openssl. With openssl also signatures, with python3 also what is inside
# the PDFs. Nothing is installed, nothing is sent. Exit code: 0 as it was made, 1 altered, 2 wrong usage, 3 not all of it can
# be told here.
set -u
export LC_ALL=C

trust=
case ${1-} in
'') ;;
--trust)
    [ -r "${2-}" ] || { echo "VERIFY.sh: --trust needs the file of a certificate (PEM)" >&2; exit 2; }
    if command -v openssl >/dev/null 2>&1 && ! openssl x509 -inform PEM -in "$2" -noout 2>/dev/null; then
        echo "VERIFY.sh: --trust $2: that is no certificate (PEM)" >&2
        exit 2
    fi
    trust=$(cd "$(dirname "$2")" && pwd)/$(basename "$2")
    ;;
*) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac
cd "$(dirname "$0")" || exit 2

wrong=0 unknown=0
good() { printf '+ %s\n' "$*"; }
bad() { printf 'x %s\n' "$*"; wrong=1; }
untold() { printf '? %s\n' "$*"; unknown=1; }

if command -v sha256sum >/dev/null 2>&1; then
    digest() { sha256sum <"$1" | cut -c1-64; }
elif command -v shasum >/dev/null 2>&1; then
    digest() { shasum -a 256 <"$1" | cut -c1-64; }
elif command -v openssl >/dev/null 2>&1; then
    digest() { openssl dgst -sha256 -r <"$1" | cut -c1-64; }
else
    echo "VERIFY.sh: needs sha256sum, shasum or openssl" >&2
    exit 3
fi

# 1. Every file is as SHA256SUMS says, and there are no others.
count=0 before=$wrong names=$(cut -c67- SHA256SUMS)
while IFS= read -r line || [ -n "$line" ]; do
    sum=${line%%  *} name=${line#*  }
    case /$name/ in */../* | //*) bad "SHA256SUMS names $name, which is no file of this bundle"; continue ;; esac
    count=$((count + 1))
    if [ ! -f "$name" ]; then
        bad "$name is missing"
    elif [ "$(digest "$name")" != "$sum" ]; then
        bad "$name was altered or exchanged"
    fi
done <SHA256SUMS
while IFS= read -r name; do
    [ ! -h "$name" ] || { bad "$name is a link, not a file of this bundle"; continue; }
    case $name in SHA256SUMS | SHA256SUMS.p7s) continue ;; esac
    printf '%s\n' "$names" | grep -Fqx -- "$name" || bad "$name was added"
done <<FOUND
$(find . ! -type d | sed 's/^\.\///' | sort)
FOUND
# A name of several lines would be taken for several names, which may all be listed.
[ -z "$(find . -name '*
*')" ] || bad "a file or folder with a line break in its name was added"
# manifest.json says the same: who changes a line of SHA256SUMS has to change more.
listed=$(sed -n -e '/^  "\(.*\)": {$/{s//\1/;h;}' -e '/^   "sha256": "\([0-9a-f]*\)".*/{s//\1/;G;s/\n/  /;p;}' manifest.json | sort)
others=$(sed '/^[0-9a-f]*  manifest\.json$/d' SHA256SUMS | sort)
[ "$others" = "$listed" ] || bad "manifest.json does not say the same as SHA256SUMS of:" \
    "$(printf '%s\n' "$others" "$listed" | sort | uniq -u | cut -c67- | sort -u | tr '\n' ' ')"
[ "$wrong" != "$before" ] || good "$count files, as SHA256SUMS says"

# 2. SHA256SUMS itself is signed with the key of certificate.pem. Whom this machine trusts otherwise does not count.
export SSL_CERT_DIR=/dev/null SSL_CERT_FILE=/dev/null
roots=${trust:-certificate.pem}
own=$(openssl x509 -in certificate.pem 2>/dev/null)
named() { printf '%s\n' "$own" | openssl x509 -noout -text | sed -n "/^ *X509v3 $1:/{n;p;}"; }
for_documents() {
    # Whoever names the certificate itself means it, whatever it is for; what it does not name, it does not restrict.
    [ "$own" != "$(openssl x509 -in "$trust")" ] || return 0
    case $(named 'Key Usage') in '' | *Digital\ Signature* | *Non\ Repudiation*) ;; *) return 1 ;; esac
    case $(named 'Extended Key Usage') in
    '' | *Any\ Extended* | *E-mail* | *Code\ Signing* | *[Dd]ocument*) ;;
    *1.3.6.1.5.5.7.3.36* | *1.2.840.113583.1.1.5* | *1.3.6.1.4.1.311.10.3.12*) ;;
    *) return 1 ;;
    esac
}
subject() { openssl x509 -noout -subject | sed 's/^subject= *//'; }
if [ ! -f SHA256SUMS.p7s ] && grep -q '^  "certificate_sha256": ' manifest.json; then
    bad "the signature of SHA256SUMS is missing: manifest.json says that it was signed"
elif [ ! -f SHA256SUMS.p7s ]; then
    [ -z "$trust" ] || bad "the bundle is not signed, so nobody could be trusted for it"
elif ! command -v openssl >/dev/null 2>&1; then
    untold "the signature of SHA256SUMS was not looked at: openssl is missing"
elif ! signer=$(openssl cms -verify -inform PEM -in SHA256SUMS.p7s -content SHA256SUMS -binary -out /dev/null \
    -signer /dev/stdout -CAfile "$roots" -partial_chain -no_check_time -purpose any 2>/dev/null); then
    bad "the signature of SHA256SUMS does not hold, or is not by whom you trust"
elif [ "$signer" != "$own" ]; then
    bad "SHA256SUMS is not signed with certificate.pem, but by $(printf '%s\n' "$signer" | subject)"
elif [ -n "$trust" ] && ! for_documents; then
    bad "SHA256SUMS is signed with a certificate that is for something else than signing documents"
else
    good "SHA256SUMS is signed: $(printf '%s\n' "$signer" | subject)"
    good "its certificate: $(printf '%s\n' "$signer" | openssl x509 -noout -fingerprint -sha256 | sed 's/.*=//')"
fi

# 3. Inside the PDFs: the attachments are as their manifest says, the snapshot is the one of this bundle, signatures hold.
if command -v python3 >/dev/null 2>&1; then
    python3 -I - "$roots" "$own" <<'PYTHON'
import hashlib, json, pathlib, re, shutil, subprocess, sys, tempfile, zlib

LIMIT = 256 << 20
EMBEDDED = re.compile(rb"obj\s*<<([^\n]{0,400}/EmbeddedFile[^\n]{0,400})>>\s*stream\n")
wrong = unknown = 0


def said(mark, text):
    global wrong, unknown
    wrong |= mark == "x"
    unknown |= mark == "?"
    print(mark, text)


def attachments(raw):
    for match in EMBEDDED.finditer(raw):
        length = re.search(rb"/Length (\d{1,10})\b", match[1])
        if length:
            packed = raw[match.end() : match.end() + int(length[1])]
            try:
                data = zlib.decompressobj().decompress(packed, LIMIT) if b"/FlateDecode" in match[1] else packed
            except zlib.error:
                continue
            yield hashlib.sha256(data).hexdigest(), data


def manifest(found):
    for data in found.values():
        try:
            told = json.loads(data)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("schema") == "docgen/pdf/v1":
            return told
    return None


def signature(raw):
    """None: not signed; otherwise whether it holds, and why not."""
    ranges = re.findall(rb"/ByteRange \[0 (\d+) (\d+) (\d+)\]", raw)
    if not ranges:
        return None
    # A timestamp over the whole file may be behind it. That nothing else is, the signature of SHA256SUMS says.
    end, start, more = map(int, ranges[0])
    if len(ranges) > 2 or sum(map(int, ranges[-1][1:])) != len(raw):
        return False, "something was added behind its signature"
    if not shutil.which("openssl"):
        return None, "its signature was not looked at: openssl is missing"
    packed = bytes.fromhex(raw[end + 1 : start - 1].decode("ascii"))
    size = packed[1]
    head = 2
    if size & 0x80:
        head += size & 0x7F
        size = int.from_bytes(packed[2:head], "big")
    with tempfile.TemporaryDirectory() as folder:
        its = pathlib.Path(folder)
        (its / "signature").write_bytes(packed[: head + size])
        (its / "content").write_bytes(raw[:end] + raw[start : start + more])
        ran = subprocess.run(
            ["openssl", "cms", "-verify", "-inform", "DER", "-in", its / "signature", "-content", its / "content",
             "-binary", "-out", its / "out", "-signer", its / "signer", "-CAfile", sys.argv[1], "-partial_chain",
             "-no_check_time", "-purpose", "any"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        if ran.returncode != 0:
            return False, "its signature does not hold, or is not by whom you trust"
        if (its / "signer").read_text().strip() != sys.argv[2].strip():
            return False, "it is not signed with certificate.pem"
    return True, ""


snapshot = hashlib.sha256(pathlib.Path("snapshot.json").read_bytes()).hexdigest()
papers = sorted(pathlib.Path().rglob("*.pdf"))
signed = whole = 0
for path in papers:
    raw = path.read_bytes()
    found = dict(attachments(raw))
    told = manifest(found)
    if told is None:
        said("x", f"{path}: its manifest is missing")
        continue
    lost = [name for name, its in told["files"].items() if its["sha256"] not in found]
    for name in lost:
        said("x", f"{path}: the attachment {name} is not the one that its manifest names")
    bare = told.get("kind") == "written" and "snapshot.json" not in told["files"]
    if not bare and told["files"].get("snapshot.json", {}).get("sha256") != snapshot:
        said("x", f"{path}: it was made from another snapshot than the one in this bundle")
        lost.append("snapshot.json")
    holds = signature(raw)
    if holds is None and told.get("signer"):
        holds = False, "its signature is missing"
    if holds is not None and holds[0] is not True:
        said("?" if holds[0] is None else "x", f"{path}: {holds[1]}")
    signed += holds is not None and holds[0] is True
    whole += not lost
if whole:
    said("+", f"{whole} of {len(papers)} PDFs carry what their manifests name, and the snapshot of this bundle where they speak of it")
if signed:
    said("+", f"{signed} of {len(papers)} PDFs are signed, and the signatures hold")
sys.exit(1 if wrong else 3 if unknown else 0)
PYTHON
    case $? in 0) ;; 3) unknown=1 ;; *) wrong=1 ;; esac
else
    untold "inside the PDFs nothing was looked at: python3 is missing"
fi

if [ "$wrong" = 1 ]; then
    echo "Altered: this bundle is not what docgen wrote, or not signed by whom you trust."
    exit 1
fi
if [ "$unknown" = 1 ]; then
    echo "What could be looked at here is unaltered; not everything could."
    exit 3
fi
if [ ! -f SHA256SUMS.p7s ]; then
    echo "This proves only that no file was damaged: nothing is signed, so whoever changes a file can make the others fit." \
        "Compare the SHA-256 of the bundle with one that you got some other way."
elif [ -z "$trust" ]; then
    echo "This proves that nobody changed the files without the key of the certificate; whose key that is, only its" \
        "fingerprint tells, if you got it some other way, or --trust CA.pem."
else
    echo "This proves that the files are those that were signed, by the word of an authority that you trust."
fi
echo "It does not prove that the servers answered so, nor that the verdicts follow from the snapshot: that is what" \
    "'docgen verify FILE.pdf' says."
