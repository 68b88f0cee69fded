"""`yusuan addin …`: build, install, uninstall, doctor, bundle."""

from __future__ import annotations

import argparse
import sys


def run_addin(options: argparse.Namespace) -> int:
    """Run one of them; the exit code."""
    if options.part == "build":
        from addin.setup import build_addin

        print(f"已写出：{build_addin(options.out)}")
        return 0
    if options.part == "bundle":
        from addin.setup import bundle

        for line in bundle(options.out, options.wheels, options.lock, options.python, options.python_sha256):
            print(line)
        return 0
    from addin.setup import install

    machine = install.windows()
    if options.part == "install":
        lines = install.install(machine, options.xlam, options.handbook)
    elif options.part == "uninstall":
        lines = install.uninstall(machine)
    else:
        from addin.setup import doctor

        checks = doctor.doctor(machine)
        lines = [str(check) for check in checks]
        wrong = sum(bool(check.advice) for check in checks)
        print("\n".join(lines))
        if options.checklist:
            from addin.setup import checklist

            checklist.write_report(options.checklist, checks, checklist.look())
            print(f"检查报告：{options.checklist.resolve()}（请求技术支持时一并发送）")
        if wrong:
            print(f"共发现{wrong}处问题，处理办法见上面打 × 的各行。", file=sys.stderr)
        else:
            print("一切正常。")
        return 2 if wrong else 0
    print("\n".join(lines))
    return 0
