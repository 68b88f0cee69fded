"""Ed25519 keys in PEM files: to sign with, and to tell whose a signature is."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from pathlib import Path

from msgspec import Struct

from addin.xlsx import fault

_NEEDED = "签名需要安装 cryptography：pip install yusuan[sign]"


class Signer(Struct, frozen=True):
    """A private key, and its public one in hex."""

    public: str
    private: object

    def sign(self, data: bytes) -> str:
        """The signature of some bytes, in hex."""
        return bytes(self.private.sign(data)).hex()  # type: ignore[attr-defined]


class Check(Enum):
    """What a signature turned out to be."""

    GOOD = "good"
    WRONG = "wrong"
    UNCHECKED = "unchecked"  #: the library is not there


def signer_of(path: Path) -> Signer:
    """A signer from a PEM file that holds an Ed25519 key; raises InputProblems where it is none."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    except ImportError:
        raise fault(path, _NEEDED) from None
    try:
        private = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as error:
        raise fault(path, f"无法读取签名密钥（{error.strerror}）") from None
    except (ValueError, TypeError):
        raise fault(path, "不是可用的签名密钥，应为不带密码的 Ed25519 私钥（PEM）") from None
    if not isinstance(private, Ed25519PrivateKey):
        raise fault(path, "不是可用的签名密钥，应为不带密码的 Ed25519 私钥（PEM）")
    raw = private.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return Signer(raw.hex(), private)


def public_key(path: Path) -> str:
    """A public key file's key in hex; raises InputProblems where it is none."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        raise fault(path, f"核对{_NEEDED}") from None
    try:
        key = serialization.load_pem_public_key(path.read_bytes())
    except OSError as error:
        raise fault(path, f"无法读取公钥（{error.strerror}）") from None
    except ValueError:
        raise fault(path, "不是可用的公钥，应为 Ed25519 公钥（PEM）") from None
    if not isinstance(key, Ed25519PublicKey):
        raise fault(path, "不是可用的公钥，应为 Ed25519 公钥（PEM）")
    return key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw).hex()


def owners(paths: Iterable[Path]) -> dict[str, str]:
    """The owners of public keys by their hex: what their files are called."""
    return {public_key(path): path.stem for path in paths}


def check(public: str, signature: str, data: bytes) -> Check:
    """Whether a signature of some bytes is that of a public key, both in hex."""
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError:
        return Check.UNCHECKED
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(bytes.fromhex(signature), data)
    except (InvalidSignature, ValueError):
        return Check.WRONG
    return Check.GOOD
