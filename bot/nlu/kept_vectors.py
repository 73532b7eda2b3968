"""Vectors of the last training's examples, so that the next training encodes only what is new.

A file of plain arrays, which may be deleted at any time: it saves time, nothing else depends on it.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def encode_with(path: Path, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
    """Vectors of `texts` (n, d), those that `path` holds taken from there; the file then holds these and no others.

    Rounded to 16 bits, whether they were there or not, so that a model does not depend on the file.
    """
    keys = np.array([_key(text) for text in texts], dtype=np.uint64)
    unique, first = np.unique(keys, return_index=True)
    vectors: dict[int, NDArray[np.float16]] = {}
    with contextlib.suppress(OSError, ValueError, KeyError, BadZipFile), np.load(path, allow_pickle=False) as kept:
        vectors = dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    new = [place for key, place in zip(unique.tolist(), first.tolist(), strict=True) if key not in vectors]
    if new:
        encoded = encode([texts[place] for place in new]).astype(np.float16)
        vectors |= dict(zip(keys[new].tolist(), encoded, strict=True))
    if new or len(vectors) > len(unique):
        _keep(path, unique, np.stack([vectors[key] for key in unique.tolist()]))
    return np.stack([vectors[key] for key in keys.tolist()]).astype(np.float32)


def _key(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")


def _keep(path: Path, keys: NDArray[np.uint64], vectors: NDArray[np.float16]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_suffix(f".{os.getpid()}.npz")  # another training may write at the same time
    np.savez(half, keys=keys, vectors=vectors)
    half.replace(path)
