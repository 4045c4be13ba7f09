# SPDX-License-Identifier: MIT
"""Every snippet of docs/python.md runs and prints what stands there."""
import doctest
import inspect
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class Docs(unittest.TestCase):
    def setUp(self):
        self.addCleanup(os.chdir, os.getcwd())
        os.chdir(ROOT)

    def run_text(self, path, text):
        parser, runner = doctest.DocTestParser(), doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        test = parser.get_doctest(text, {}, path, path, 0)
        self.assertGreater(len(test.examples), 0, path)
        said = []
        runner.run(test, out=said.append)
        self.assertEqual(runner.failures, 0, "".join(said))
        return len(test.examples)

    def test_reference(self):
        with open(os.path.join("docs", "python.md")) as file:
            text = file.read()
        for block in re.findall(r"```python\n(.*?)```", text, re.S):
            self.assertTrue(block.startswith(">>> "), block)
        self.assertGreater(self.run_text("docs/python.md", text.replace("```", "")), 30)

    def test_readme(self):
        with open("README.md") as file:
            blocks = re.findall(r"```python\n(.*?)```", file.read(), re.S)
        self.assertGreater(self.run_text("README.md", "\n".join(blocks)), 4)

    def test_package(self):
        import featset

        self.run_text("featset", featset.__doc__)

    def test_docstrings(self):
        """All are sentences, and none is about C."""
        import featset

        wrong = re.compile(r"(?i:pointer)|\bNULL\b|snprintf|\bfeatset_\w|FEATSET_|\bfreed\b|\*/|\bstruct\b|\bsize_t\b|0x0\b|\bdst\b")
        seen = 0
        for name in featset.__all__:
            thing = getattr(featset, name)
            told = {name: thing} if callable(thing) else {}
            if isinstance(thing, type) and name not in ("Feature", "Word"):
                told.update(("%s.%s" % (name, key), value) for key, value in vars(thing).items() if key[:1] != "_")
            for label, what in told.items():
                text = inspect.getdoc(what) or ""
                self.assertGreaterEqual(len(text), 20, "%s: %r" % (label, text))
                self.assertIsNone(wrong.search(text), "%s: %r" % (label, text))
                seen += 1
        self.assertGreater(seen, 100)

    def test_everything_is_told(self):
        import featset

        with open(os.path.join("docs", "python.md")) as file:
            text = file.read()
        for name in featset.__all__:
            self.assertIn(name, text)


if __name__ == "__main__":
    unittest.main()
