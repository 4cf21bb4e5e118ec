"""Runs the tests and writes a JUnit result file: `python3 -m tests.junit reports/unit.xml`."""

import sys
import traceback
import unittest
from pathlib import Path
from xml.etree import ElementTree


class Recorder(unittest.TextTestResult):
    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self.cases = ElementTree.Element("testsuite", name="unit")

    def startTest(self, test):
        super().startTest(test)
        file = Path(sys.modules[type(test).__module__].__file__).relative_to(Path.cwd())
        name = test.id().rpartition(".")[2]
        ElementTree.SubElement(self.cases, "testcase", classname=type(test).__module__, name=name, file=str(file))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.record("failure", error)

    def addError(self, test, error):
        super().addError(test, error)
        self.record("error", error)

    def record(self, kind, error):
        case = self.cases[-1]
        frames = [frame for frame in traceback.extract_tb(error[2]) if frame.filename.endswith(case.get("file"))]
        case.set("line", str(frames[-1].lineno if frames else 1))
        ElementTree.SubElement(case, kind, message=str(error[1]))


def main(path):
    suite = unittest.defaultTestLoader.discover("tests", top_level_dir=".")
    result = unittest.TextTestRunner(resultclass=Recorder, verbosity=2).run(suite)
    path.parent.mkdir(exist_ok=True)
    ElementTree.ElementTree(result.cases).write(path)
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
