#!/usr/bin/env python3
"""Makes the word list and the letter-pair model of the generic-secret scorer.

Source: the Python standard library installed with the interpreter that runs
this script (code, comments and docstrings, PSF licence; only words and counts
are kept) and the list of everyday words below, which is our own. Run from the
repository root; the output is sorted and does not depend on the machine but
for the version of Python.
"""

import collections
import math
import os
import re
import sysconfig

EVERYDAY = """
account admin alex alpha amanda amber america andrea andrew angel anna anthony apple april archer arthur ashley august austin autumn
baby bailey banana baseball basket batman beach bear beauty beer bella best beta bird black blue bond boss boston brandon brother brown buddy
bull butter butterfly camera captain carlos casper castle cat champion charlie chelsea cherry chester chicken chocolate chris city cloud coffee
computer cookie cool cooper corvette country cowboy crystal dallas daniel dark david december delta demo diamond dog dolphin donald dragon dream eagle
earth easy elephant emma enter family father february fire fish flower flying football forest forever freedom friday friend frog garden george ginger girl
gold golden golf good google gordon green guest guitar hammer hannah happy harley harry heart heaven hello helpme hockey home honey horse house hunter
iceman internet iron island jack jackson jasmine jason jennifer jessica joe john jordan joseph joshua july june junior justin killer king kitty knight
lake lakers laura letmein liberty lion little london love lover lucky magic maggie manager marina mark martin master matrix matthew maverick merlin
michael michelle mickey midnight miller mobile monday money monkey monster moon morning mother mountain movie music mustang ninja north november
october ocean office oliver orange panda panther paradise paris party patrick peace peanut pepper person phoenix player please pokemon police power prince
princess private purple qwerty rabbit rainbow ranger red richard river robert rock root rose ruby runner samantha samsung sarah school scooter secret
security september service shadow shop silver simple sister smith snow soccer sommer song south spider spring staple star steve storm strong student
summer sun sunday sunshine super superman sweet taylor teacher tennis test thomas thunder tiger tigger time trust tuesday turtle unicorn victor victory
water wednesday welcome white william winner winter wizard wolf woman wonder world yellow yankees zebra
""".split()

TECHNICAL = """
password passwd passphrase pass secret token apikey admin administrator root user username login demo postgres mysql mariadb mongo redis rabbit rabbitmq
elastic kibana grafana jenkins gitlab github docker kubernetes nginx apache tomcat wordpress drupal django rails laravel spring spring boot vagrant oracle
sqlserver minio keycloak vault consul nexus sonar kafka zookeeper cassandra neo solr odoo nextcloud ansible terraform azure amazon google server client
database backend frontend api auth oauth credential credentials service app application web example sample test testing change changeme
""".split()


def stdlib_text():
    root = sysconfig.get_path("stdlib")
    for folder, names, files in os.walk(root):
        names[:] = sorted(n for n in names if n not in ("test", "tests", "site-packages", "dist-packages", "__pycache__", "idlelib", "encodings"))
        for name in sorted(files):
            if name.endswith(".py"):
                with open(os.path.join(folder, name), encoding="utf-8", errors="ignore") as file:
                    yield file.read()


def state(char):
    if "a" <= char <= "z":
        return ord(char) - 97
    if char.isdigit():
        return 26
    if char in "_-. ":
        return 27
    return 28


def main():
    counts = collections.Counter()
    pairs = [[0.5] * 30 for _ in range(30)]
    for text in stdlib_text():
        text = re.sub(r"\\x[0-9a-fA-F]{2}|[^\x00-\x7f]", " ", text)
        for token in re.findall(r"[A-Za-z][A-Za-z0-9_]{2,}", text):
            for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", token):
                if 3 <= len(part) <= 12:
                    counts[part.lower()] += 1
            last = 29
            for char in token.lower():
                pairs[last][state(char)] += 1
                last = state(char)
            pairs[last][29] += 1
    words = {w for w, n in counts.items() if n >= 12 and len(w) >= 4 or n >= 150}
    words = {w for w in words if re.search("[aeiouy]", w)} | set(EVERYDAY) | set(TECHNICAL)
    with open("patterns/words/english-and-code.txt", "w", encoding="ascii") as out:
        out.write("".join(w + "\n" for w in sorted(words)))
    with open("patterns/models/letter-pairs.tsv", "w", encoding="ascii") as out:
        out.write("# log2 of P(second | first) times 8; rows and columns: a-z, digit, mark, other, edge\n")
        for row in pairs:
            total = sum(row)
            out.write("\t".join(str(max(-96, round(8 * math.log2(n / total)))) for n in row) + "\n")
    print(len(words), "words")


main()
