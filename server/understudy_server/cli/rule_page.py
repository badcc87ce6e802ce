"""One rule in full, for a person: what it says, what it was made from, what it is worth alone."""

from understudy_knowledge.memory.records import Rule


def page(rule: Rule) -> str:
    """The rule as text."""
    lines = [
        f"Rule {rule.id}, a {rule.kind}: {rule.text.lstrip('- ')}",
        f"Status: {rule.status}: {rule.reason}",
    ]
    if rule.lift:
        lines.append(
            f"Lift alone: {rule.lift.value:+.2f} on {rule.lift.n} examples it was not made from "
            f"({rule.lift.with_lesson:.0%} pass with it, {rule.lift.without:.0%} without)"
        )
    if rule.code:
        lines.append(f"Code: {rule.code}")
    if rule.lineage.columns:
        lines.append(f"Columns: {', '.join(rule.lineage.columns)}")
    lines.append(f"Made from: {', '.join(rule.cases) or 'all cases together'}")
    return "\n".join(lines)
