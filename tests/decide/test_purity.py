from __future__ import annotations

import subprocess
import sys


def test_deciding_imports_no_numpy():
    code = "import sys, advisor.decide; assert 'numpy' not in sys.modules, 'numpy was imported'"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_measuring_imports_torch_only_on_use():
    code = "import sys, advisor.measure; assert not {'torch', 'sklearn'} & set(sys.modules), 'heavy import'"
    subprocess.run([sys.executable, "-c", code], check=True)
