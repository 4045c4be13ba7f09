# SPDX-License-Identifier: MIT
"""Builds the Python package with the library compiled into it.

From a checkout the wrapper is made by SWIG; a source distribution carries it.
libcpuid (reading this machine), jansson and expat (JSON and XML files) are used
where pkg-config finds them.
"""
import glob
import os
import re
import shutil
import subprocess
import sys

from setuptools import Extension, setup
from setuptools.command.build_ext import build_ext
from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist

os.chdir(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join("bindings", "python"))
import stub  # noqa: E402

SHIPPED = os.path.join("bindings", "python", "generated")
HEADERS = os.path.join("libfeatset", "featset")


def version():
    with open(os.path.join("libfeatset", "featset.h")) as header:
        return re.search(r'FEATSET_VERSION "(.*)"', header.read()).group(1)


def pkg_config(option, package):
    try:
        found = subprocess.run([os.environ.get("PKG_CONFIG", "pkg-config"), option, package], stdout=subprocess.PIPE,
                               stderr=subprocess.DEVNULL, check=True)
    except (OSError, subprocess.CalledProcessError):
        return None
    return found.stdout.decode().split()


def generate(directory):
    """The wrapper and its docstrings."""
    os.makedirs(directory, exist_ok=True)
    interface = os.path.join("bindings", "featset.i")
    with open(os.path.join(directory, "docs.h"), "w") as docs:
        subprocess.run([sys.executable, os.path.join("bindings", "docs.py"), HEADERS, interface], stdout=docs, check=True)
    subprocess.run([os.environ.get("SWIG", "swig"), "-python", "-builtin", "-interface", "_featset", "-Ibindings",
                    "-outdir", directory, "-o", os.path.join(directory, "featset_wrap.c"), interface], check=True)


def extension():
    flags = ["-std=c11", "-fvisibility=hidden", "-Wno-unused-function"]
    defines = [("_GNU_SOURCE", None), ("FEATSET_API", "")]
    libraries = []
    for package, without in (("libcpuid", "FEATSET_NO_HOST"), ("jansson", "FEATSET_NO_JSON"), ("expat", "FEATSET_NO_XML")):
        cflags, libs = pkg_config("--cflags", package), pkg_config("--libs", package)
        if cflags is None or libs is None:
            print("featset: %s is not there; building without it" % package, file=sys.stderr)
            defines.append((without, None))
        else:
            flags += cflags
            libraries += libs
    sources = sorted(glob.glob("libfeatset/*.c") + glob.glob("libfeatset/*/*.c"))
    return Extension("featset._featset", sources, include_dirs=["libfeatset", "bindings"], define_macros=defines,
                     extra_compile_args=flags, extra_link_args=libraries)


class BuildExt(build_ext):
    def build_extension(self, ext):
        directory = SHIPPED
        if not os.path.exists(os.path.join(SHIPPED, "featset_wrap.c")):
            directory = os.path.join(self.build_temp, "generated")
            generate(directory)
        ext.include_dirs.append(directory)
        ext.sources.append(os.path.join(directory, "featset_wrap.c"))
        super().build_extension(ext)


class BuildPy(build_py):
    """Fills the stub of the features, which is made from the table."""

    def run(self):
        super().run()
        if getattr(self, "editable_mode", False):
            return
        path = os.path.join(self.build_lib, "featset", "_lazy.pyi")
        with open(os.path.join("bindings", "python", "featset", "_lazy.pyi")) as source:
            text = source.read()
        with open(os.path.join(HEADERS, "features.def")) as rows:
            text = stub.fill(text, rows.read())
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as target:
            target.write(text)


class Sdist(sdist):
    """Puts the generated wrapper in, so that nobody who builds from it needs SWIG."""

    def make_release_tree(self, base_dir, files):
        super().make_release_tree(base_dir, files)
        target = os.path.join(base_dir, SHIPPED)
        if os.path.isdir(SHIPPED):
            shutil.copytree(SHIPPED, target, dirs_exist_ok=True)
        else:
            generate(target)
            for name in os.listdir(target):
                if name.endswith(".py"):
                    os.remove(os.path.join(target, name))


os.makedirs("build", exist_ok=True)
setup(
    name="featset",
    version=version(),
    description="What x86 CPUs have in common: CPU feature sets, baselines and levels",
    long_description=open("README.md").read() if os.path.exists("README.md") else "",
    long_description_content_type="text/markdown",
    license="MIT",
    python_requires=">=3.8",
    packages=["featset"],
    package_dir={"featset": "bindings/python/featset"},
    package_data={"featset": ["py.typed", "*.pyi"]},
    ext_modules=[extension()],
    cmdclass={"build_ext": BuildExt, "build_py": BuildPy, "sdist": Sdist},
    options={"egg_info": {"egg_base": "build"}},
    zip_safe=False,
)
