"""Ed25519 keys in files, made for a test."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey


def key_files(folder: Path, private: str, *public: str) -> Path:
    """A new key: its private file, and public files of these names."""
    key = Ed25519PrivateKey.generate()
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    open_ = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
    folder.mkdir(exist_ok=True)
    (folder / private).write_bytes(secret)
    for name in public:
        (folder / name).parent.mkdir(exist_ok=True, parents=True)
        (folder / name).write_bytes(open_)
    return folder / private
