"""`verify`: whether a finished workbook is as it was sealed, by whom and when, and which cells have changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from msgspec import Struct

from addin.upward.sealing import Verified, accepted, verify_book
from addin.verbs.signing import Check, check, public_key
from addin.xlsx import Workbook, fault
from udfs.upward import Keys, Seal

#: Changes that are listed one by one.
_MOST_LISTED = 200


class SignatureState(Enum):
    """What has become of a seal's signature."""

    NONE = "none"
    UNCHECKED = "unchecked"  #: what checks it is not installed
    INVALID = "invalid"
    KNOWN = "known"  #: valid, by one of the keys that the office knows
    OTHER_UNIT = "other unit"  #: valid, by a key that the office knows as another unit's
    STRANGE = "strange"  #: valid, by none of them
    UNCOMPARED = "uncompared"  #: valid, and no known keys were given


class Signature(Struct, frozen=True):
    """A seal's signature: its state, and whose key it is where that is known. In a sentence by str()."""

    state: SignatureState
    key: str = ""  #: the public key in hex
    owner: str = ""

    def __str__(self) -> str:
        return {
            SignatureState.NONE: "没有数字签名",
            SignatureState.UNCHECKED: "有数字签名，没有安装 cryptography，未核对",
            SignatureState.INVALID: "签名无效：签名与封印不符",
            SignatureState.KNOWN: f"签名有效，密钥为“{self.owner}”",
            SignatureState.OTHER_UNIT: f"签名的密钥登记为“{self.owner}”，不能为本单位签名",
            SignatureState.STRANGE: f"签名有效，密钥 {self.key[:16]}（不在所给公钥之中）",
            SignatureState.UNCOMPARED: f"签名有效，密钥 {self.key[:16]}（未与已知公钥核对）",
        }[self.state]


class Verdict(Struct, frozen=True):
    """The answer on one workbook. `refused` says why the office does not accept its edition; empty where it does."""

    verified: Verified
    refused: str
    signature: Signature | None  #: None where there is no seal
    demanded: bool = False  #: known keys were given: one of them must have signed

    @property
    def good(self) -> bool:
        """Whether the workbook is accepted and intact, its signature included."""
        state = self.signature.state if self.signature is not None else SignatureState.NONE
        wrong = state is not SignatureState.KNOWN if self.demanded else state is SignatureState.INVALID
        return self.verified.intact and not self.refused and not wrong


def verify_workbook(path: Path, trusted: Iterable[Path] = ()) -> Verdict:
    """Verify a workbook file. `trusted`: files with public keys (PEM) that the office knows."""
    keys = {public_key(p): (p.stem, _code_of(p)) for p in trusted}
    book = Workbook(path, tolerant=True)
    verified = verify_book(book)
    signature = read_signature(verified.seal, {key: name for key, (name, _) in keys.items()}) if verified.seal else None
    if signature is not None and signature.state is SignatureState.KNOWN:
        code = keys[signature.key][1]
        if code and code.lstrip("0") != verified.facts.get("unit_code", "").strip().lstrip("0"):
            signature = Signature(SignatureState.OTHER_UNIT, signature.key, signature.owner)
    return Verdict(verified, accepted(book, verified.facts), signature, bool(keys))


def _code_of(path: Path) -> str:
    """The code of the unit that a public key's file is named after; empty where it is not named so."""
    match = re.match(r"\d+", path.stem)
    return match[0] if match else ""


def known_keys(folder: Path) -> Keys:
    """The public keys in a folder, each with its file's name and the code of the unit that it may sign for."""
    paths = sorted(folder.glob("*.pem")) if folder.is_dir() else []
    if not paths:
        raise fault(folder, "应为存放各单位公钥（单位编码.pem）的文件夹，没有找到公钥")
    found: Keys = {}
    for path in paths:
        key = public_key(path)
        if key in found:
            raise fault(path, f"与“{found[key][0]}.pem”是同一个公钥，一个密钥只能登记给一个单位，请删去多余的")
        found = {**found, key: (path.stem, _code_of(path))}
    return found


def read_signature(seal: Seal, known: dict[str, str] | None = None) -> Signature:
    """A seal's signature, checked. `known`: the owners of public keys by their hex."""
    if not seal.key and not seal.signature:
        return Signature(SignatureState.NONE)
    result = check(seal.key, seal.signature, bytes.fromhex(seal.sm3 + seal.sha256))
    if result is not Check.GOOD:
        return Signature(SignatureState.INVALID if result is Check.WRONG else SignatureState.UNCHECKED, seal.key)
    owner = (known or {}).get(seal.key, "")
    if owner:
        return Signature(SignatureState.KNOWN, seal.key, owner)
    return Signature(SignatureState.STRANGE if known else SignatureState.UNCOMPARED, seal.key)


def as_text(path: Path, verdict: Verdict) -> str:
    """The answer for reading: what the office does not accept first, then the seal, then every change."""
    verified = verdict.verified
    lines = [f"不予接收：{verdict.refused}"] if verdict.refused else []
    if verified.seal is None:
        return "\n".join([*lines, f"{path.name}：{verified.message}"])
    facts = verified.facts
    who = f"{facts.get('unit_name', '')}（{facts.get('unit_code', '')}）"
    when = facts.get("sealed_at", "").replace("T", " ")
    state = "封印完好" if verified.intact else f"封印后有改动，共{len(verified.changes)}处"
    lines.append(f"{path.name}：{state}。{who}{facts.get('year', '')}年，定稿于{when}，校验码{verified.seal.code}")
    if verdict.demanded and not verdict.good and verified.intact:
        lines.append("不通过：要求由所给公钥签名")
    lines.append(f"{verdict.signature}。版式{facts.get('edition', '')}，程序版本{facts.get('program', '')}")
    lines += [str(change) for change in verified.changes[:_MOST_LISTED]]
    if len(verified.changes) > _MOST_LISTED:
        lines.append(f"……另有{len(verified.changes) - _MOST_LISTED}处")
    if verified.looks:
        lines.append(f"外观改动{len(verified.looks)}处，看到的数没有变：")
        lines += [str(look) for look in verified.looks[:_MOST_LISTED]]
    return "\n".join(lines)


def as_json(path: Path, verdict: Verdict) -> str:
    """The answer in words that other tools rely on."""
    verified = verdict.verified
    return json.dumps(
        {
            "workbook": str(path),
            "accepted": not verdict.refused,
            "refusal": verdict.refused,
            "intact": verified.intact,
            "message": verified.message,
            "code": verified.seal.code if verified.seal else "",
            "sealed": dict(verified.facts),
            "signature": str(verdict.signature or ""),
            "changes": [
                {
                    "sheet": c.sheet,
                    "cell": c.cell,
                    "kind": "looks" if c.looks else "value",
                    "sealed": c.sealed,
                    "now": c.now,
                    "message": c.message,
                }
                for c in verified.changes
            ],
            "looks": [{"sheet": c.sheet, "cell": c.cell, "message": c.message} for c in verified.looks],
        },
        ensure_ascii=False,
        indent=1,
    )
