"""Bondscope's own random numbers, as far as splitting data needs them: the same on every machine."""
from __future__ import annotations

MASK = (1 << 64) - 1


def _scramble(x: int) -> int:
    """splitmix64."""
    x = (x + 0x9E3779B97F4A7C15) & MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & MASK
    return x ^ (x >> 31)


def _hash(text: str) -> int:
    """FNV-1a."""
    h = 0xCBF29CE484222325
    for byte in text.encode():
        h = ((h ^ byte) * 0x100000001B3) & MASK
    return h


class Random:
    """A stream of its own for every seed and purpose: std::mt19937_64 of C++."""
    SIZE, MIDDLE = 312, 156

    def __init__(self, seed: int, purpose: str, index: int = 0) -> None:
        state = _scramble((_scramble(_scramble(seed) ^ _hash(purpose)) + index) & MASK)
        self._state = [state]
        for i in range(1, self.SIZE):
            state = (6364136223846793005 * (state ^ (state >> 62)) + i) & MASK
            self._state.append(state)
        self._next = self.SIZE

    def bits(self) -> int:
        """64 random bits."""
        if self._next == self.SIZE:
            self._twist()
        x = self._state[self._next]
        self._next += 1
        x ^= (x >> 29) & 0x5555555555555555
        x ^= (x << 17) & 0x71D67FFFEDA60000
        x ^= (x << 37) & 0xFFF7EEE000000000
        return (x ^ (x >> 43)) & MASK

    def below(self, n: int) -> int:
        """Uniform in 0 … n-1, without bias."""
        refused = ((1 << 64) - n) % n
        x = self.bits()
        while x < refused:
            x = self.bits()
        return x % n

    def permutation(self, n: int) -> list[int]:
        """0 … n-1 in random order."""
        order = list(range(n))
        for i in range(n, 1, -1):
            j = self.below(i)
            order[i - 1], order[j] = order[j], order[i - 1]
        return order

    def _twist(self) -> None:
        state, size = self._state, self.SIZE
        for i in range(size):
            x = (state[i] & 0xFFFFFFFF80000000) | (state[(i + 1) % size] & 0x7FFFFFFF)
            state[i] = state[(i + self.MIDDLE) % size] ^ (x >> 1) ^ (0xB5026F5AA96619E9 if x & 1 else 0)
        self._next = 0
