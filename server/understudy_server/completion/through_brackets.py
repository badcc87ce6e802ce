"""Editors close what is opened: who types the `(` of a suggestion finds a `)` behind the cursor that was not there before."""

_CLOSES = {")": "(", "]": "[", '"': '"', "'": "'", "`": "`"}


def inside_brackets(text: str, suffix_then: str, suffix_now: str) -> str:
    """What of the text belongs before signs that the editor has added to the suffix since; empty where it was not that.

    `COUNT(` was typed of `COUNT(*) FROM t`, so the text is `*) FROM t` and the suffix begins with `)`: what belongs there is `*`.
    """
    added = suffix_now[: len(suffix_now) - len(suffix_then)]
    if not added or added + suffix_then != suffix_now or any(sign not in _CLOSES for sign in added):
        return ""
    closer = added[0]
    opener, depth = _CLOSES[closer], 0
    for place, sign in enumerate(text):
        if sign == closer and not depth:
            return text[:place]
        if opener != closer:
            depth += (sign == opener) - (sign == closer)
    return ""
