# SPDX-License-Identifier: MIT
"""The page of a pool: well-formed, closed in itself, and readable in a browser.

What has to be on it is typed from the story of Hera and Zeus, as in test_program.py.
"""

import html.parser
import json
import os
import pathlib
import re
import subprocess

import pytest

import browser
import pool_maker

ROOT = pathlib.Path(__file__).resolve().parent.parent
FEATSET = os.environ.get("FEATSET", str(ROOT / "build" / "featset"))
EXAMPLE = ROOT / "examples/pools/hera-zeus"
INPUTS = [str(EXAMPLE / (name + ".txt")) for name in ("hosts", "vms", "pool", "networks", "storage")]

LOST_BY_HERA = "fma movbe abm tsc_adjust bmi1 avx2 bmi2 invpcid".split()
REBOOT = ["3a6f0d91-5c2e-4b7d-9e18-c4072b8fd5a6", "b94d7e02-16fa-4c83-a5d0-2e8f36c1b07d"]
VOID = {"meta", "br", "hr", "img", "link", "input", "col", "base", "source", "wbr"}
EVIL = "<script>alert(1)</script>&amp;\"'--><b>\x1b[31m\x01"
# A control character is a question mark on every view.
CLEAN = "<script>alert(1)</script>&amp;\"'--><b>?[31m?"


def run(*arguments, stdin=""):
    return subprocess.run([FEATSET, "pool", *arguments], input=stdin, capture_output=True, text=True)


def page_of(*arguments, code=1, stdin=""):
    done = run("--html", "-", *arguments, stdin=stdin)
    assert done.returncode == code, done.stderr
    assert done.stderr == ""
    return done.stdout


class Page(html.parser.HTMLParser):
    """Elements must be closed in order; attributes quoted, ids unique, references within the page."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.ids, self.links, self.labels, self.rows = [], [], [], [], []
        self.texts, self.tags, self.headings, self.tables = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == [], self.open

    def handle_decl(self, decl):
        assert decl == "DOCTYPE html"

    def handle_comment(self, data):
        raise AssertionError("a comment: " + data)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        assert len(attributes) == len(attrs), attrs
        raw = self.get_starttag_text()
        assert re.fullmatch(r'<[a-z0-9]+( [a-z-]+="[^"<>]*")*>', raw), raw
        assert not any(name.startswith("on") or name in ("src", "style", "srcset", "action") for name in attributes)
        self.tags.append(tag)
        if "id" in attributes:
            self.ids.append(attributes["id"])
        if "href" in attributes:
            self.links.append(attributes["href"])
        if "aria-labelledby" in attributes:
            self.labels.append(attributes["aria-labelledby"])
        if tag == "th":
            assert attributes["scope"] in ("col", "row")
        if tag == "table":
            self.tables.append([])
        if tag == "tr":
            self.tables[-1].append([])
        if tag in ("td", "th"):
            self.tables[-1][-1].append("")
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open and self.open[-1] == tag, (tag, self.open)
        self.open.pop()

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)
            if {"td", "th"} & set(self.open):
                self.tables[-1][-1][-1] += data

    @property
    def text(self):
        return "".join(self.texts)


def sound(text):
    page = Page(text)
    assert text.startswith("<!DOCTYPE html>\n<html lang=\"en\">")
    assert len(set(page.ids)) == len(page.ids)
    assert all(link[0] == "#" and link[1:] in page.ids for link in page.links), page.links
    assert all(label in page.ids for label in page.labels)
    assert not {"script", "img", "link", "iframe", "object", "svg", "base"} & set(page.tags)
    style = text[text.index("<style>") : text.index("</style>")]
    assert "url(" not in style and "@import" not in style
    assert "default-src 'none'; style-src 'unsafe-inline'" in text
    assert page.tags.count("title") == page.tags.count("h1") == page.tags.count("main") == 1
    assert page.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(page.headings, page.headings[1:])), page.headings
    assert page.tags.count("caption") == page.tags.count("table")
    for table in page.tables:
        assert len({len(row) for row in table}) == 1, table
    return page


# ---- the text of it ---------------------------------------------------------------------------------


def test_page_of_the_example():
    page = sound(page_of(*INPUTS))
    assert "hera cannot be evacuated" in page.text
    hosts, vms, _, differ = page.tables[0], page.tables[1], page.tables[2], page.tables[3]
    assert [row[0] for row in hosts] == ["Host", "hera", "zeus"]
    assert hosts[1][3].startswith("no: ") and hosts[2][3] == "yes"
    assert vms[0] == ["VM", "hera", "zeus"]
    assert ["mail", "runs here", "lacks 8"] in vms
    assert ["ledgersuspended", "yes", "lacks 8"] in vms
    assert [row[0] for row in differ[1:]] == LOST_BY_HERA
    assert all(row[1:3] == ["yes", "no"] for row in differ[1:])
    for uuid in REBOOT:
        assert "xe vm-reboot uuid=" + uuid in page.text
    assert "silicon" in page.text


def test_a_file_and_standard_output_are_the_same(tmp_path):
    path = tmp_path / "pool.html"
    done = run("--html", str(path), *INPUTS)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert path.read_text(encoding="utf-8") == page_of(*INPUTS)


def test_what_cannot_be_written_is_said(tmp_path):
    path = tmp_path / "nowhere" / "pool.html"
    done = run("--html", str(path), *INPUTS)
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr == "featset: cannot write %s: No such file or directory\n" % path
    done = run("--html", "/dev/full", *INPUTS)
    assert done.returncode == 2 and "cannot write /dev/full: No space left on device" in done.stderr


def test_questions_have_pages_too():
    page = sound(page_of("--without", "zeus", *INPUTS))
    change = page.text.split("What would change")[-1].split("What to do")[0]
    assert "without zeus: " in page.text
    assert "Would gain 8" + " ".join(LOST_BY_HERA) in change
    assert "zeus is gone" in change
    page = sound(page_of("--before", str(EXAMPLE / "records.json"), *INPUTS))
    assert "It stayed as it is" in page.text.split("What changed")[-1].split("What to do")[0]
    page = sound(page_of("--to", INPUTS[0], *INPUTS))
    assert "VMs by hosts of the other pool" in page.text and "vm-reboot" not in page.text


def test_names_are_text():
    records = json.loads((EXAMPLE / "records.json").read_text(encoding="utf-8"))
    for kind in ("host", "VM", "network", "SR", "pool"):
        for record in records[kind].values():
            record["name_label"] = EVIL + record["name_label"]
    text = page_of("-", stdin=json.dumps(records))
    page = sound(text)
    assert "\x1b" not in text and "\x01" not in text
    assert CLEAN + "hera cannot be evacuated" in page.text
    for name in ("hera", "zeus", "mail", "ledger", "cameras", "Local storage"):
        assert CLEAN + name in page.text, name
    assert "<script" not in text


def test_large_pools_make_pages_of_a_size():
    text = page_of("-", stdin=pool_maker.DRESSES["json"](pool_maker.many(1000, 2000)))
    page = sound(text)
    assert len(text) < 4 << 20
    assert max(len(row) for table in page.tables for row in table) <= 26
    assert "too many for a page" in page.text


# ---- in a browser ---------------------------------------------------------------------------------------

SHOWN = """
(() => {
  const shown = node => node.checkVisibility({contentVisibilityAuto: true, visibilityProperty: true});
  const words = [...document.querySelectorAll('h1,h2,h3,p,th,td,dt,dd,pre,li,summary')].filter(shown);
  return {
    heading: document.querySelector('h1').innerText,
    seen: words.map(node => node.innerText).join('\\n'),
    background: getComputedStyle(document.body).backgroundColor,
    colour: getComputedStyle(document.body).color,
    width: document.documentElement.scrollWidth,
    window: innerWidth,
    letters: parseFloat(getComputedStyle(document.querySelector('p')).fontSize),
    boxes: [...document.querySelectorAll('.box')].filter(shown).map(box => ({
      label: box.getAttribute('aria-label'),
      scrolls: box.scrollWidth > box.clientWidth,
      hint: getComputedStyle(box.querySelector('.hint')).visibility === 'visible',
    })),
  };
})()
"""

# The least contrast of any text with what is behind it, by WCAG's formula.
CONTRAST = """
(() => {
  const numbers = text => text.match(/[\\d.]+/g).map(Number);
  const light = text => {
    const part = numbers(text).slice(0, 3).map(n => n / 255)
      .map(n => n <= 0.04045 ? n / 12.92 : ((n + 0.055) / 1.055) ** 2.4);
    return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor, part = numbers(colour);
      if (part.length < 4 || part[3] === 1) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  document.querySelectorAll('details').forEach(node => node.open = true);
  let least = [99, ''];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim()) continue;
    const pair = [light(getComputedStyle(node).color), light(behind(node))].sort((a, b) => b - a);
    const ratio = (pair[0] + 0.05) / (pair[1] + 0.05);
    if (ratio < least[0]) least = [ratio, walker.currentNode.data];
  }
  return least;
})()
"""


@pytest.fixture(scope="module")
def chromium():
    if not browser.program():
        pytest.skip("no chromium to look at the page with")
    one = browser.Browser()
    yield one
    one.close()


@pytest.fixture(scope="module")
def example(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "pool.html"
    path.write_text(page_of(*INPUTS), encoding="utf-8")
    return path


SIZES = [(375, 800), (1280, 900)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_what_is_visible(chromium, example, size, scheme):
    chromium.load(example, *size, scheme)
    found = chromium.ask(SHOWN)
    assert "hera cannot be evacuated" in found["heading"]
    for name in LOST_BY_HERA + REBOOT + ["silicon", "lacks 8"]:
        assert name in found["seen"], name
    assert "e_fxsr" not in found["seen"]  # folded
    assert found["window"] == size[0] and found["width"] <= size[0]
    assert found["letters"] >= 14
    assert all(box["scrolls"] == box["hint"] for box in found["boxes"]), found["boxes"]
    least = chromium.ask(CONTRAST)
    assert least[0] >= 4.5, least
    if os.environ.get("FEATSET_PICTURES"):
        chromium.load(example, *size, scheme)
        chromium.picture("%s/%d-%s.png" % (os.environ["FEATSET_PICTURES"], size[0], scheme))


def test_light_and_dark_differ(chromium, example):
    seen = []
    for scheme in ("light", "dark"):
        chromium.load(example, 1280, 900, scheme)
        found = chromium.ask(SHOWN)
        seen.append([sum(map(int, re.findall(r"\d+", found[key])[:3])) for key in ("background", "colour")])
    assert seen[0][0] > seen[0][1] and seen[1][0] < seen[1][1]


def test_headings_stay_in_sight(chromium, example):
    chromium.load(example, 375, 800, "light")
    place = """
        (() => {
          const box = document.querySelector('.box[aria-label="Features that differ between hosts"]');
          box.scrollLeft = 1000;
          const name = box.querySelector('tbody th').getBoundingClientRect();
          return [box.scrollLeft, name.left - box.getBoundingClientRect().left];
        })()"""
    scrolled, left = chromium.ask(place)
    assert scrolled > 50 and 0 <= left <= 2


def test_a_hostile_name_runs_nothing(chromium, tmp_path):
    records = json.loads((EXAMPLE / "records.json").read_text(encoding="utf-8"))
    for record in records["VM"].values():
        record["name_label"] = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title = 'taken'\">"
    path = tmp_path / "evil.html"
    path.write_text(page_of("-", stdin=json.dumps(records)), encoding="utf-8")
    chromium.load(path, 375, 800, "light")
    assert chromium.ask("document.title").startswith("Pool")
    assert chromium.ask("document.scripts.length + document.images.length") == 0
    assert chromium.ask("document.documentElement.scrollWidth") <= 375


def test_devices_reasons_and_networks_are_told(tmp_path):
    """What the text says of them stands on the page, too."""
    build, device = "58e1c3b7-f04d-4a96-8b2f-d7106ae5943c", "0f0f0f0f-1111-4222-8333-444455556666"
    path = tmp_path / "devices"
    path.write_text(f"uuid ( RO): {device}\n    vm-uuid ( RO): {build}\n    gpu-group-uuid ( RO): 2\n")
    text = html.unescape(re.sub("<[^>]*>", "", page_of(*INPUTS, str(path))))
    Page(page_of(*INPUTS, str(path)))
    assert "build has a vGPU attached." in text and f"xe vgpu-destroy uuid={device}\n" in text
    assert "nvr needs network cameras, which has no PIF on zeus (" in text and "no attached PIF" not in text
    assert "apart, it would gain nothing, the others 8 features." in text
    assert re.search(r"xe vm-resume uuid=(\S+) on=\S+   # ledger\nxe vm-reboot uuid=\1   # ledger", text)
