"""`workbench carry DRAFT`: a draft laid over the text of today."""

from __future__ import annotations

from argparse import Namespace

from workbench.terminal.exit_codes import GOOD, need
from workbench.terminal.streams import as_json, remark


def carry(args: Namespace) -> int:
    """Shows what a stale draft would change today, and writes it as a draft on today's text where a file is named."""
    from workbench.documents.outputs import claim, write_text
    from workbench.guideline.digests import short
    from workbench.guideline.draft_yaml import render
    from workbench.guideline.load import load_guidelines
    from workbench.guideline.load_draft import carry_over, load_draft
    from workbench.review.difference import diff_draft

    if args.out:
        claim([args.out], [args.draft, args.guidelines], force=args.force, endings=[".yaml", ".yml"])
    loaded = load_guidelines(need(args.guidelines))
    old = load_draft(need(args.draft), loaded, stale=True)
    new = carry_over(old, loaded)
    now = dict(new.base)
    stale = [(name, b, now[name]) for name, b in old.base if b.digest != now[name].digest]
    found = diff_draft(loaded, new)
    if args.out:
        write_text(args.out, render(new, args.out))
    if args.json:
        moved = [{"name": n, "version": b.version, "was": b.digest, "is": t.digest} for n, b, t in stale]
        print(as_json({"draft": new.draft, "stale": moved, "out": args.out, **found.as_dict()}))
        return GOOD
    for name, b, t in stale:
        print(f"{name}/{b.version} is another text since: {short(b.digest)} → {short(t.digest)}")
    if not stale:
        print(f"the draft {new.draft} was made on today's text")
    print("in the text of today the draft changes:", *found.lines(), sep="\n")
    said = f"written to {args.out}" if args.out else "nothing is written (--out FILE.yaml writes it on today's text)"
    remark(said)
    return GOOD
