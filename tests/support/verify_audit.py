#!/usr/bin/env python3
"""Checks the audit chain as docs/audit-format.md describes it, without any code of the service.

usage: verify_audit.py CONNECTION_STRING [ANCHORS_FILE]   (the secrets in AUDIT_SECRETS, separated by blanks)

Prints one line for each finding. Exit status 0: none. 3: some.
"""
import csv
import hashlib
import hmac
import io
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta, timezone

findings = []


def ask(sql):
    command = ["psql", "-X", "-q", "--csv", "-t", "-v", "ON_ERROR_STOP=1", "-c", "set timezone = 'UTC'; set search_path = public, pg_temp", "-c", sql, sys.argv[1]]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    csv.field_size_limit(1 << 30)
    return list(csv.reader(io.StringIO(text)))


def derived_key(secret):
    extracted = hmac.digest(bytes(32), secret.encode(), "sha256")
    return hmac.digest(extracted, b"audit seals\x01", "sha256")


def time_of(text):
    return datetime.fromisoformat(re.sub(r"\.(\d+)", lambda m: "." + m[1].ljust(6, "0"), text)) if text else None


keys = {}
for secret in os.environ.get("AUDIT_SECRETS", "").split():
    key = derived_key(secret)
    keys[hmac.digest(key, b"key id", "sha256")[:8].hex()] = key

seals = ask(
    "select number, log, kind, part, after_seq, upto_seq, newest, array_to_string(seqs, ','), encode(digests, 'hex'), sealed_at,"
    " encode(previous, 'hex'), encode(hash, 'hex'), key_id, encode(mac, 'hex'), takes_over,"
    " (jsonb_build_array(number, log, kind, part, after_seq, upto_seq, newest, seqs, sealed_at) || case when key_id is null"
    " then '[]' else jsonb_build_array(key_id, takes_over) end)::text, to_regclass(part) is null from audit_seals order by number")
dropped = {}
vouched = False
for seal in reversed(seals):
    digest, key_id, mac = seal[11:14]
    signed = key_id in keys and hmac.compare_digest(hmac.digest(keys[key_id], bytes.fromhex(digest), "sha256").hex(), mac)
    vouched = signed or (vouched and key_id != "" and key_id not in keys)
    if seal[2] == "dropped" and not vouched:
        findings.append(f"retention not signed {seal[0]}")
    elif seal[2] == "dropped" and seal[1] == "change_log" and seal[16] == "t":
        dropped.setdefault(seal[3], []).append((int(seal[0]), time_of(seal[9])))
    vouched = vouched and seal[14] != "t"

previous, latest, ends, confirmed, expected_number = "", None, {}, 0, 1
for (number, log, kind, part, after, upto, newest, seqs, digests, sealed_at, before, digest, key_id, mac, takes_over, content,
     gone) in seals:
    number, at = int(number), time_of(sealed_at)
    if number != expected_number:
        findings.append(f"seal missing {expected_number}")
        previous = before
    expected_number = number + 1
    computed = hashlib.sha256(bytes.fromhex(before) + bytes.fromhex(digests) + content.encode()).hexdigest()
    in_order = kind == "dropped" or ends.get(log, after) == after
    in_time = (latest is None or at >= latest) and at <= datetime.now(timezone.utc) + timedelta(minutes=1)
    in_place = computed == digest and before == previous and in_order and in_time
    if not in_place:
        findings.append(f"seal altered {number}")
    elif not key_id:
        findings.append(f"seal without key {number}")
    else:
        right = key_id not in keys or hmac.compare_digest(hmac.digest(keys[key_id], bytes.fromhex(digest), "sha256").hex(), mac)
        if not right:
            findings.append(f"seal altered {number}")
        elif key_id in keys:
            confirmed = number
        if takes_over == "t":
            findings.append(f"chain taken over {number}")
    previous, latest = digest, at if in_place else latest
    if kind == "dropped":
        continue
    ends[log] = upto
    numbers = [int(seq) for seq in seqs.split(",") if seq]
    expected = {seq: digests[64 * place:64 * place + 64] for place, seq in enumerate(numbers)}
    if computed != digest or any(n > number and said - timedelta(days=2192) > time_of(newest) for n, said in dropped.get(part, [])):
        continue
    name = "seq" if log == "change_log" else "id"
    rows = ask(f"select {name}, (select jsonb_object_agg(key, value)::text from jsonb_each(to_jsonb(r)) where value <> 'null')"
               f" from {log} r where {name} > {after} and {name} <= {upto} order by {name}")
    for seq, body in rows:
        known = expected.pop(int(seq), None)
        if known is None:
            findings.append(f"row inserted {log} {seq}")
        elif known != hashlib.sha256(body.encode()).hexdigest():
            findings.append(f"row altered {log} {seq}")
    findings += [f"row missing {log} {seq}" for seq in expected]
if seals and confirmed < int(seals[-1][0]):
    findings.append(f"chain not confirmed {seals[-1][0]}")
findings += [f"{problem} {name}" for problem, name in ask(
    "with recursive t (oid) as (select unnest('{change_log,access_log,audit_seals}'::text[])::regclass::oid union"
    " select inhrelid from pg_inherits join t on inhparent = oid)"
    " select 'not a table', relname from t join pg_class c using (oid) where relkind not in ('r', 'p') union all"
    " select 'row security', relname from t join pg_class c using (oid) where relrowsecurity or relforcerowsecurity or exists"
    " (select from pg_policy where polrelid = oid) union all"
    " select 'rule', rulename from t join pg_rewrite on ev_class = t.oid union all"
    " select 'foreign trigger', tgname from t join pg_trigger on tgrelid = t.oid where not tgisinternal"
    " and (tgenabled not in ('O', 'A') or tgname not in ('append_only', 'append_only_whole', 'in_order'))")]
if len(sys.argv) > 2:
    hashes = {int(seal[0]): seal[11] for seal in seals}
    for line in open(sys.argv[2], encoding="utf-8"):
        anchor = json.loads(line)
        if hashes.get(anchor["seal"]) != anchor["hash"].lower():
            findings.append(f"anchor not in the chain {anchor['seal']}")
print("\n".join(findings) or f"{len(seals)} seals, nothing found")
sys.exit(3 if findings else 0)
