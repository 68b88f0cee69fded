"""The command line `yusuan`: verbs over workbook files, messages in Chinese, exit codes 0, 1 and 2."""

from __future__ import annotations

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from addin.patterns import keep_patterns, save_patterns
from addin.places import compiled, log_file, logger


class _Parser(argparse.ArgumentParser):
    """A parser that explains mistakes in Chinese."""

    def error(self, message: str) -> NoReturn:
        from udfs.base import InputProblems, Problem

        raise InputProblems([Problem("", f"命令行参数有误：{_translated(message)}。用法见 yusuan --help")])


def _translated(message: str) -> str:
    for english, chinese in (
        ("the following arguments are required: ", "缺少参数 "),
        ("unrecognized arguments: ", "不认识的参数 "),
        ("expected one argument", "后面缺少内容"),
        ("invalid choice: ", "不能填 "),
        ("(choose from ", "，可选："),
        (")", ""),
        ("argument ", "参数 "),
    ):
        message = message.replace(english, chinese)
    return message


class _Other:
    """A verb that was not asked for: what it takes need not be known."""

    def __getattr__(self, _: str) -> Callable[..., _Other]:
        return lambda *_, **__: self


def build_parser(asked: str | None = None) -> argparse.ArgumentParser:
    """The verbs and their options; of `asked`, where it is a verb, alone."""
    parser = _Parser(prog="yusuan", description="单位预算公开：由预算明细生成十三张公开表。", add_help=True)
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="命令", parser_class=_Parser)

    def verb(name: str, help: str) -> _Parser | _Other:  # noqa: A002 - as argparse names it
        return verbs.add_parser(name, help=help) if asked in (None, name) else _Other()

    new = verb("new", help="用模板新建工作簿；给出明细时同时生成各表")
    new.add_argument("out", metavar="OUT.xlsx", type=Path)
    new.add_argument("--ledger", metavar="L.csv", type=Path, help="预算明细（CSV 或 xlsx）")
    new.add_argument("--income", metavar="I.csv", type=Path, help="收入明细（CSV 或 xlsx）")
    new.add_argument("--mapping", metavar="M.csv", type=Path, help="其他系统导出的明细：列名和取值的对应文件")
    new.add_argument("--unit", metavar="NAME", help="单位名称")
    new.add_argument("--kind", help="单位性质，不写时为行政")
    new.add_argument("--year", metavar="2024", help="预算年度")
    new.add_argument("--edition", metavar="E", help="版式")
    new.add_argument(
        "--from", dest="last", metavar="LASTYEAR.xlsx", type=Path, help="上年工作簿：沿用基础信息，取上年数据"
    )

    take = verb(
        "import", help="导入其他格式的文件（.xlsx、.xls、CSV 文件夹，公开的 .docx、.pdf）：按标题、表头和行名识别各表"
    )
    take.add_argument("source", metavar="SOURCE", type=Path)
    take.add_argument("-o", "--out", metavar="OUT", type=Path, help="写出的工作簿；不写时只列出识别结果")
    take.add_argument("--edition", metavar="E", help="版式；不写时由内容识别")

    fill = verb("fill", help="由预算明细生成各表")
    fill.add_argument("book", metavar="BOOK", type=Path)
    fill.add_argument("-o", "--out", metavar="OUT", type=Path, required=True)
    fill.add_argument("--balance", action="store_true", help="舍位平衡：分项之和与合计完全相等")

    narrate = verb("narrate", help="由各表生成情况说明；改过的段落保留")
    narrate.add_argument("book", metavar="BOOK", type=Path)
    narrate.add_argument("-o", "--out", metavar="OUT", type=Path, required=True)
    narrate.add_argument("--json", action="store_true", help="以 JSON 输出各节文本")

    validate = verb("validate", help="校验：勾稽关系、与明细核对、填报规范")
    validate.add_argument("book", metavar="BOOK", type=Path)
    validate.add_argument("-o", "--out", metavar="OUT", type=Path, help="把校验结果写入副本（校验结果、红色标记）")
    validate.add_argument("--json", action="store_true", help="以 JSON 输出")

    report = verb("report", help="输出整套公开文档（Word 或 PDF）")
    report.add_argument("book", metavar="BOOK|DIR", type=Path)
    report.add_argument("-o", "--out", metavar="OUT.docx|OUT.pdf|DIR", type=Path, required=True)
    report.add_argument("--fast", action="store_true", help="不计算目录页码，由 Word 打开后更新")
    report.add_argument("--pdf", action="store_true", help="给出文件夹时，各份存为 PDF")

    submit = verb("submit", help="定稿：生成、校验、锁定并加封印，供上报")
    submit.add_argument("book", metavar="BOOK", type=Path)
    submit.add_argument("-o", "--out", metavar="DIR", type=Path, required=True, help="定稿文件放入的文件夹")
    submit.add_argument("--replace", action="store_true", help="替换以前的定稿；内容不同的，旧文件改名保留")
    submit.add_argument("--key", metavar="KEY.pem", type=Path, help="用 Ed25519 私钥签名")

    verify = verb("verify", help="核对封印：定稿之后有无改动、改了哪些单元格")
    verify.add_argument("book", metavar="BOOK", type=Path)
    verify.add_argument("--json", action="store_true", help="以 JSON 输出")
    verify.add_argument(
        "--known",
        metavar="PUB.pem",
        type=Path,
        action="append",
        default=[],
        help="已知的公钥；给出时，没有签名或用其他密钥签名的不通过",
    )

    receive = verb("receive", help="收表汇总：检查文件夹中的全部工作簿，汇总为部门工作簿")
    receive.add_argument("folder", metavar="DIR", type=Path)
    receive.add_argument("-o", "--out", metavar="OUT.xlsx", type=Path, required=True)
    receive.add_argument("--scheduler", metavar="ADDRESS", help="Dask 调度器的地址，由多台计算机分担")
    receive.add_argument(
        "--known", metavar="DIR", type=Path, help="各单位公钥所在文件夹（单位编码.pem）；给出时，只采用相符的签名"
    )
    receive.add_argument("--check", action="store_true", help="只检查各单位的工作簿，不汇总")
    receive.add_argument("--units", metavar="LIST", type=Path, help="应报单位清单（CSV 或 xlsx：单位编码、单位名称）")

    inspect = verb("inspect", help="检查公开文件（Word、PDF、工作簿）：完整、勾稽、文字，可与工作簿核对")
    inspect.add_argument("files", metavar="FILE|DIR", type=Path, nargs="+")
    inspect.add_argument(
        "--against", metavar="BOOK|DIR", type=Path, help="与这个工作簿（或文件夹中各单位的工作簿）核对"
    )
    inspect.add_argument(
        "-o", "--out", metavar="OUT", type=Path, help="一份文件：带批注的副本和检查表.xlsx；多份：一个检查表工作簿"
    )
    inspect.add_argument("--json", action="store_true", help="以 JSON 输出")

    desk = verb("desk", help="工作台：在本机浏览器中点击按钮，不需要 Excel")
    desk.add_argument("where", metavar="BOOK|DIR", type=Path, nargs="?", help="打开的工作簿，或各单位工作簿所在文件夹")
    desk.add_argument("--port", metavar="N", type=int, default=0, help="端口；不写时随机")
    desk.add_argument("--no-browser", action="store_true", help="不打开浏览器，只显示网址")

    template = verb("template", help="输出空白模板")
    template.add_argument("-o", "--out", metavar="OUT.xlsx", type=Path, required=True)
    template.add_argument("--edition", metavar="E", help="版式")

    edition = verb("edition", help="版式：检查一个版式目录，或由已有版式建立新年度的版式")
    actions = edition.add_subparsers(dest="action", required=True, metavar="操作", parser_class=_Parser)
    check = actions.add_parser("check", help="检查版式目录中的错误")
    check.add_argument("folder", metavar="DIR", type=Path)
    check.add_argument("--example", metavar="BOOK", type=Path, nargs="+", default=[], help="用这些公开表试导入、试校验")
    check.add_argument("--ledger", metavar="LEDGER", type=Path, help="第一份公开表的预算明细，用来核对各表能否由它生成")
    check.add_argument(
        "--known", metavar="PUB.pem", type=Path, action="append", default=[], help="制发单位的公钥；给出时须由它签名"
    )
    sign = actions.add_parser("sign", help="给版式目录签名，签名写入 signature.txt")
    sign.add_argument("folder", metavar="DIR", type=Path)
    sign.add_argument("--key", metavar="KEY.pem", type=Path, required=True, help="Ed25519 私钥")
    draft = actions.add_parser("draft", help="由官方空表或已公开的表起草一个版式，不确定的写成问题")
    draft.add_argument("forms", metavar="FORM", type=Path, nargs="+")
    draft.add_argument("-o", "--out", metavar="DIR", type=Path, required=True)
    draft.add_argument("--base", metavar="EDITION", help="明细和基础信息取自哪个版式")
    copy = actions.add_parser("copy", help="由已有版式建立新年度的版式：只有数据不同")
    copy.add_argument("base", metavar="BASE")
    copy.add_argument("name", metavar="NAME")
    copy.add_argument("-o", "--out", metavar="DIR", type=Path, help="放在哪个文件夹；不写时放在程序自带版式旁边")

    addin_parser(verb("addin", help="Excel 加载项：制作、安装、检查"))

    demo = verb("demo", help="用示例单位演示全部步骤")
    demo.add_argument("-o", "--out", metavar="DIR", type=Path, default=Path("out"))
    return parser if asked is None or asked in verbs.choices else build_parser()


def addin_parser(addin: _Parser | _Other) -> None:
    """`addin build|install|uninstall|doctor|bundle`: the part that runs inside Excel."""
    parts = addin.add_subparsers(dest="part", required=True, metavar="动作", parser_class=_Parser)
    build = parts.add_parser("build", help="制作加载项文件（.xlam）")
    build.add_argument("-o", "--out", metavar="OUT.xlam", type=Path, required=True)
    install = parts.add_parser("install", help="安装到当前用户的 Excel")
    install.add_argument("--xlam", metavar="F.xlam", type=Path, help="已制作好的加载项；不给出则现场制作")
    install.add_argument("--handbook", metavar="DIR", type=Path, help="手册所在文件夹")
    parts.add_parser("uninstall", help="从当前用户的 Excel 中卸载")
    doctor = parts.add_parser("doctor", help="检查安装是否完好，指出问题和处理办法")
    doctor.add_argument(
        "--checklist",
        metavar="OUT.txt",
        type=Path,
        nargs="?",
        const=Path("预算公开检查报告.txt"),
        help="另写一份检查报告：本程序自己看得到的已填好，其余各步由您填写，可发给技术支持",
    )
    bundle = parts.add_parser("bundle", help="制作离线安装包")
    bundle.add_argument("-o", "--out", metavar="OUT.zip", type=Path, required=True)
    bundle.add_argument("--wheels", metavar="DIR", type=Path, required=True, help="已下载的 win_amd64 wheel 所在文件夹")
    bundle.add_argument("--lock", metavar="F.txt", type=Path, required=True, help="带散列值的 Windows 依赖清单")
    bundle.add_argument("--python", metavar="Z.zip", type=Path, help="官方 embeddable 包，随安装包附带 Python")
    bundle.add_argument("--python-sha256", metavar="HEX", help="该包的 SHA-256，须与 python.org 公布的一致")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one verb; 0 once the output is written, 2 where something could not be read or used."""
    for stream in (sys.stdout, sys.stderr):
        # A console in another code page must not stop the program over a character it lacks.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure:
            reconfigure(errors="replace")
    # What is loaded stays to the end: the collector need not go through it every seven hundred objects, nor at the end.
    gc.set_threshold(200_000)
    atexit.register(gc.freeze)
    keep_patterns(compiled())
    given = sys.argv[1:] if arguments is None else [*arguments]
    try:
        return _with_what_is_compiled(build_parser(*given[:1]).parse_args(given))
    except BrokenPipeError:
        # Whoever read the output has closed it; there is nobody left to tell.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - kept open until the end
        return 0
    except Exception as error:  # noqa: BLE001 - the last guard: whatever it was, the user gets a sentence
        from udfs.base import InputProblems

        if not isinstance(error, InputProblems):
            print(_noted(error), file=sys.stderr)
            return 2
        print(f"未能完成：共发现{len(error.problems)}处问题，没有写出任何文件。", file=sys.stderr)
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2


#: How the sentence about a mistake of the program's own begins.
UNEXPECTED = "程序遇到意外的错误"


def _noted(error: Exception) -> str:
    """A mistake of the program's own put into the log, and the sentence that says where it lies."""
    kind = type(error).__name__
    try:
        logger().exception("unexpected, on the command line")
    except Exception:  # noqa: BLE001 - a log that cannot be written must not hide what there is to say
        return f"{UNEXPECTED}（{kind}），没有完成，也没有改动任何输入文件；日志无法写入"
    return f"{UNEXPECTED}（{kind}），没有完成，也没有改动任何输入文件；请把日志发给维护人员：{log_file()}"


def _say(what: str) -> None:
    """What is being done, for whoever waits; what a command gives is on stdout."""
    print(f"正在{what}……", file=sys.stderr, flush=True)


def _with_what_is_compiled(options: argparse.Namespace) -> int:
    from udfs.narrative import save_compiled

    code = _run(options)
    save_compiled()
    save_patterns()
    return code


def _run(options: argparse.Namespace) -> int:
    from addin.verbs import commands  # heavy libraries load only once a verb runs

    if options.verb == "addin":
        from addin.verbs.addin import run_addin

        return run_addin(options)
    if options.verb == "desk":
        from addin.buttons import commands as buttons
        from addin.desk import serve

        return serve(options.where, buttons(), port=options.port, browser=not options.no_browser)
    if options.verb == "demo":
        from addin.demo import run_demo

        run_demo(options.out)
        return 0
    if options.verb == "validate":
        from addin.verbs.report_text import as_json, as_text

        report = commands.validate_workbook(options.book, options.out)
        print(as_json(options.book, report) if options.json else as_text(report))
        if options.out and not options.json:
            print(f"已写出：{options.out}")
        return 0 if report.passed else 1
    if options.verb == "inspect":
        from addin.published.inspect import as_json as documents_as_json
        from addin.published.inspect import as_text as documents_as_text
        from addin.published.inspect import inspect_documents

        done = inspect_documents(options.files, against=options.against, out=options.out)
        print(documents_as_json(done) if options.json else documents_as_text(done))
        if not options.json:
            for path in done.written:
                print(f"已写出：{path}")
        return 0 if done.good else 1
    if options.verb in ("submit", "verify", "receive"):
        return _run_upward(options)
    if options.verb == "edition":
        from addin.verbs.edition import Mistakes, lines

        try:
            for line in lines(options):
                print(line)
        except Mistakes as found:
            print(found, file=sys.stderr)
            return 1
        return 0
    if options.verb == "report":
        from addin.verbs.report import report_folder, report_workbook

        if options.book.is_dir():
            results, problems = report_folder(options.book, options.out, _say, portable=options.pdf, fast=options.fast)
            for result in results:
                print("\n".join([f"已写出：{result.path}", *(f"  说明：{note}" for note in result.notes)]))
            for problem in problems:
                print(problem, file=sys.stderr)
            return 2 if problems else 0
        result = report_workbook(options.book, options.out, _say, fast=options.fast)
    elif options.verb == "import":
        from addin.verbs.import_book import import_workbook

        result = import_workbook(options.source, options.out, options.edition)
        if options.out is None:
            print("\n".join(f"说明：{note}" for note in result.notes))
            print("以上是识别结果，没有写出文件；确认无误后加上 -o 写出工作簿")
            return 0
    elif options.verb == "template":
        result = commands.write_template(options.out, options.edition)
    elif options.verb == "narrate":
        result = commands.narrate_workbook(options.book, options.out)
        if options.json:
            from addin.verbs.report_text import sections_as_json

            print(sections_as_json(result.sections))
            return 0
    elif options.verb == "fill":
        result = commands.fill_workbook(options.book, options.out, balanced=options.balance)
    elif options.last:
        from addin.verbs.last_year import new_from_last_year

        result = new_from_last_year(options)
    else:
        result = commands.new_workbook(
            options.out,
            ledger=options.ledger,
            income=options.income,
            unit=options.unit,
            kind=options.kind,
            year=options.year,
            edition_name=options.edition,
            mapping=options.mapping,
        )
    for note in result.notes:
        print(f"说明：{note}")
    print(f"已写出：{result.path}")
    return 0


def _run_upward(options: argparse.Namespace) -> int:
    """What leads to the superior office: 1 for a refusal or a broken seal."""
    if options.verb == "submit":
        from addin.upward.submit import Refused, refusal_lines, submit_workbook

        try:
            done = submit_workbook(options.book, options.out, options.key, replace=options.replace)
        except Refused as refused:
            print("\n".join(refusal_lines(refused)), file=sys.stderr)
            return 1
        for note in done.notes:
            print(f"说明：{note}")
        print(f"已定稿：{done.path}")
        print(f"校验码：{done.code}（已印在封面上）")
        return 0
    if options.verb == "receive":
        from addin.upward.receive import as_text as receipt_text
        from addin.upward.receive import receive_folder

        gathered = receive_folder(
            options.folder,
            options.out,
            scheduler=options.scheduler,
            expected=options.units,
            check_only=options.check,
            known=options.known,
        )
        print(receipt_text(gathered))
        print(f"已写出：{gathered.path}")
        return 0 if gathered.good or (options.check and gathered.receipt.good) else 1
    from addin.upward.verify import as_json, as_text, verify_workbook

    verdict = verify_workbook(options.book, options.known)
    print(as_json(options.book, verdict) if options.json else as_text(options.book, verdict))
    return 0 if verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
