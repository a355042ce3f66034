"""Signatures of SSH keys, as `ssh-keygen -Y sign` makes and `ssh-keygen -Y verify` checks them (SSHSIG, Ed25519).

The key stays with its owner: the one file is read, nothing of it is kept.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
import textwrap
from pathlib import Path

from workbench.documents.outputs import write_text
from workbench.errors import Problem, ProblemsFound

NAMESPACE = "therapy-workbench-review"
KIND = b"ssh-ed25519"
_MAGIC, _HASH = b"SSHSIG", b"sha512"
_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"


def sign(key: Path, data: bytes, password: bytes | None = None) -> str:
    """The signature over `data` by a private key in OpenSSH's format. Raises ProblemsFound for a file that holds no
    such key, or one that its password does not open."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_ssh_private_key

    try:
        private = load_ssh_private_key(key.read_bytes(), password)
    except (ValueError, TypeError, OSError):
        hint = "ssh-keygen -t ed25519 makes one; with a passphrase or a hardware key, sign with ssh-keygen -Y sign"
        raise ProblemsFound([Problem("bad-signature", "this file opens as no SSH key", str(key), hint=hint)]) from None
    if not isinstance(private, Ed25519PrivateKey):
        raise ProblemsFound([Problem("bad-signature", "the key is of another kind than Ed25519", str(key))])
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    made = _strings(KIND, private.sign(_signed(data)))
    blob = _MAGIC + struct.pack(">I", 1) + _strings(_strings(KIND, public), NAMESPACE.encode(), b"", _HASH, made)
    lines = textwrap.wrap(base64.b64encode(blob).decode(), 70)
    return "\n".join([_BEGIN, *lines, _END]) + "\n"


def verify(public: str, data: bytes, armoured: str) -> bool:
    """Whether a signature over `data` is of this public key (a line as in `id_ed25519.pub`), in our namespace."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key, signature = key_of(public), _read(armoured)
        if key is None or signature[:5] != [_strings(KIND, key), NAMESPACE.encode(), b"", _HASH, signature[4]]:
            return False
        kind, made = _split(signature[4])
        if kind != KIND:
            return False
        Ed25519PublicKey.from_public_bytes(key).verify(made, _signed(data))
    except (InvalidSignature, ValueError, struct.error, binascii.Error):
        return False
    return True


def key_of(public: str) -> bytes | None:
    """The 32 bytes of a public key's line; None for what is none, or of another kind."""
    parts = public.split()
    if len(parts) < 2 or parts[0] != KIND.decode():
        return None
    try:
        kind, key = _split(base64.b64decode(parts[1], validate=True))
    except (ValueError, struct.error):
        return None
    return key if kind == KIND and len(key) == 32 else None


def _signed(data: bytes) -> bytes:
    return _MAGIC + _strings(NAMESPACE.encode(), b"", _HASH, hashlib.sha512(data).digest())


def _read(armoured: str) -> list[bytes]:
    lines = armoured.strip().splitlines()
    if len(lines) < 3 or lines[0] != _BEGIN or lines[-1] != _END:
        raise ValueError("no signature")
    blob = base64.b64decode("".join(lines[1:-1]), validate=True)
    if blob[:6] != _MAGIC or blob[6:10] != struct.pack(">I", 1):
        raise ValueError("no signature of this version")
    parts = _split(blob[10:])
    if len(parts) != 5:
        raise ValueError("no signature")
    return parts


def _strings(*parts: bytes) -> bytes:
    return b"".join(struct.pack(">I", len(p)) + p for p in parts)


def _split(blob: bytes) -> list[bytes]:
    out = []
    while blob:
        (length,) = struct.unpack(">I", blob[:4])
        if len(blob) < 4 + length:
            raise ValueError("cut short")
        out.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return out


def new_key(path: Path) -> str:
    """Write a new private key without a passphrase; its public line, as a file of reviewers holds it."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

    key = Ed25519PrivateKey.generate()
    write_text(path, key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode())
    path.chmod(0o600)
    return key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
