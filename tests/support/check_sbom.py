#!/usr/bin/env python3
"""Judges a bill of materials by the rules of CycloneDX 1.5 that concern it, without any code of the project.

usage: check_sbom.py FILE.cdx.json PROGRAM

Prints one line for each finding. Exit status 0: none. 3: some.
"""
import hashlib
import json
import re
import sys

TYPES = {
    "application", "framework", "library", "container", "platform", "operating-system", "device", "device-driver",
    "firmware", "file", "machine-learning-model", "data",
}
SCOPES = {"required", "optional", "excluded"}
HASHES = {"SHA-256": 64, "SHA-512": 128}
KNOWN = {
    "document": {"bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"},
    "metadata": {"component"},
    "component": {"type", "bom-ref", "name", "version", "description", "scope", "hashes", "licenses", "purl", "properties"},
    "dependency": {"ref", "dependsOn"},
}
findings = []


def expect(holds, finding):
    if not holds:
        findings.append(finding)


def check_component(component):
    name = component.get("name")
    expect(set(component) <= KNOWN["component"], f"{name}: unknown members {set(component) - KNOWN['component']}")
    expect(component.get("type") in TYPES, f"{name}: type {component.get('type')}")
    expect(component.get("scope", "required") in SCOPES, f"{name}: scope {component.get('scope')}")
    for member in ("name", "version", "bom-ref", "purl"):
        expect(isinstance(component.get(member), str) and component[member], f"{name}: no {member}")
    expect(re.fullmatch(r"pkg:[a-z]+/[A-Za-z0-9._%~/-]+@[A-Za-z0-9._%~:-]+(\?[a-z]+=[A-Za-z0-9._%~-]+(&[a-z]+=[A-Za-z0-9._%~-]+)*)?",
                        component.get("purl", "")), f"{name}: no package URL: {component.get('purl')}")
    for each in component.get("hashes", []):
        expect(set(each) == {"alg", "content"} and re.fullmatch(r"[0-9a-f]{%d}" % HASHES.get(each["alg"], 0), each["content"]),
               f"{name}: hash {each}")
    for each in component.get("licenses", []):
        expect(set(each) == {"expression"} and re.fullmatch(r"[A-Za-z0-9.+() -]+", each["expression"]), f"{name}: license {each}")
    for each in component.get("properties", []):
        expect(set(each) == {"name", "value"}, f"{name}: property {each}")


def check(document, program):
    expect(set(document) <= KNOWN["document"], f"unknown members {set(document) - KNOWN['document']}")
    expect((document.get("bomFormat"), document.get("specVersion")) == ("CycloneDX", "1.5"), "not CycloneDX 1.5")
    expect(re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document.get("serialNumber", "")), "serialNumber")
    expect(document.get("version") == 1, "version")
    expect(set(document["metadata"]) <= KNOWN["metadata"], "unknown members of metadata")
    root = document["metadata"]["component"]
    components = document["components"]
    for component in [root, *components]:
        check_component(component)
    references = [component["bom-ref"] for component in [root, *components]]
    expect(len(references) == len(set(references)), "a bom-ref is there twice")
    expect([each["ref"] for each in document["dependencies"]] == references, "dependencies do not name every component once")
    for each in document["dependencies"]:
        expect(set(each) <= KNOWN["dependency"], f"unknown members of a dependency: {each['ref']}")
        expect(set(each.get("dependsOn", [])) <= set(references), f"{each['ref']} depends on what is not there")
    with open(program, "rb") as file:
        expect(root["hashes"] == [{"alg": "SHA-256", "content": hashlib.sha256(file.read()).hexdigest()}], "another program's hash")
    uses = {component["name"]: component["properties"][0]["value"] for component in components}
    for name, use in (("libpq5", "linked"), ("libssl3", "linked"), ("libc6", "linked"), ("react", "page"), ("vite", "page-build"),
                      ("gcc-12", "compiler")):
        expect(uses.get(name) == use, f"{name} is not there as {use}")
    expect(any(name.startswith("libboost-json") and use == "linked" for name, use in uses.items()), "Boost's libraries are not there")
    expect(any(name.startswith("libboost") and use == "compiled-in" for name, use in uses.items()), "Boost's headers are not there")


with open(sys.argv[1], encoding="utf-8") as listed:
    check(json.load(listed), sys.argv[2])
for line in findings:
    print(line)
sys.exit(3 if findings else 0)
