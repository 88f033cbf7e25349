"""Small random archives, and the questions to ask of them: the same ones for the same seed.

Every archive is a component of the same suites, so that many of them need one signature a suite and one `apt-get update`.
"""

import json
import random
import re
from dataclasses import dataclass, field

from .debian_archive import COMPRESSORS, DATE, sha256
from .server import Content

SUITES = {"stable": "", "stable-updates": "", "stable-backports": "NotAutomatic: yes\nButAutomaticUpgrades: yes\n",
          "experimental": "NotAutomatic: yes\n"}
VERSIONS = ["1.0-1", "1.0-2", "1.1~rc1-1", "1.1-1", "2.0-1", "1:0.9-1"]  # in their order
RELATIONS = [">=", ">=", ">=", "<<", "=", "<=", ">>"]


@dataclass
class Question:
    wishes: list
    recommends: bool = False
    pins: list = field(default_factory=list)  # (package, "version" or "release", as apt writes it, priority)

    @property
    def preferences(self):
        """As apt_preferences(5) writes the pins."""
        return "".join(f"Package: {package}\nPin: {kind} {value}\nPin-Priority: {priority}\n\n"
                       for package, kind, value, priority in self.pins)

    @property
    def manifest_pins(self):
        return "".join(f'[[os.pin]]\npackage = "{package}"\n{kind} = "{value}"\npriority = {priority}\n'
                       for package, kind, value, priority in self.pins)


class RandomArchive:
    """One component. `essential`: what every root has."""

    def __init__(self, seed, architecture="amd64"):
        self.seed = seed
        self.architecture = architecture
        self.component = f"c{seed}"
        self.dice = random.Random(seed)
        self.names = [f"p{letter}" for letter in "abcdefghijkl"[: self.dice.randint(4, 12)]]
        self.virtual = ["va", "vb", "vc"][: self.dice.randint(1, 3)]
        # How much of everything there is differs from archive to archive.
        self.often = {what: self.dice.choice([0.0, 0.1, 0.25, 0.5]) for what in (
            "version", "alternative", "provides", "negative", "multi", "newer", "recommends", "absent")}
        self.essential = self.dice.sample(self.names, self.dice.choice([0, 0, 0, 0, 1, 2]))
        self.stanzas = {suite: [] for suite in SUITES}
        self.has = {}  # name -> [(version, suite)]
        for name in self.names:
            self.add(name)
        self.questions = [self.question() for _ in range(3)]

    def chance(self, what):
        return self.dice.random() < self.often[what]

    def term(self, among):
        dice = self.dice
        name = "none-such" if self.chance("absent") and dice.random() < 0.2 else dice.choice(among)
        if self.chance("multi") and dice.random() < 0.3:
            name += ":" + dice.choice(["any", "any", self.architecture, "native"])
        if self.chance("version"):
            relation = dice.choice(RELATIONS)
            bound = dice.choice(VERSIONS[:3] if relation == ">=" else VERSIONS)
            return f"{name} ({relation} {bound})"
        return name

    def group(self, name):
        # What stands later in the alphabet, but for a loop now and then: a sure way to have many that can be met.
        among = [other for other in self.names + self.virtual if other > name or self.dice.random() < 0.05]
        among = [other for other in among if other != name] or ["va"]
        terms = [self.term(among)]
        while self.chance("alternative") and len(terms) < 4:
            terms.append(self.term(among))
        return " | ".join(terms)

    def fields(self, name, version):
        dice = self.dice
        result = {}
        for key, count in (("Pre-Depends", dice.choice([0, 0, 0, 1])), ("Depends", dice.choice([0, 1, 1, 2, 3]))):
            if count:
                result[key] = ", ".join(self.group(name) for _ in range(count))
        if self.chance("recommends"):
            result["Recommends"] = ", ".join(self.group(name) for _ in range(dice.randint(1, 2)))
        if self.chance("provides") or name >= self.names[-2]:
            given = dice.sample(self.virtual, dice.randint(1, len(self.virtual)))
            if dice.random() < 0.2:
                given.append(dice.choice(self.names))
            result["Provides"] = ", ".join(
                f"{word} (= {dice.choice(VERSIONS)})" if self.chance("version") else word for word in given)
        for key in ("Conflicts", "Breaks"):
            if self.chance("negative") and dice.random() < 0.5:
                result[key] = re.sub(":[a-z0-9]+ ?(?=$|\\()", "", self.term(self.names + self.virtual))
                if dice.random() < 0.5:
                    result["Replaces"] = result[key]
        if self.chance("multi"):
            result["Multi-Arch"] = dice.choice(["foreign", "allowed", "allowed", "same"])
        if dice.random() < 0.2:
            result["Priority"] = dice.choice(["required", "important", "standard", "extra"])
        elif dice.random() < 0.9:
            result["Priority"] = "optional"
        if name in self.essential:
            result["Essential"] = "yes"
        return result

    def add(self, name):
        dice = self.dice
        if self.chance("absent") and dice.random() < 0.15 and name not in self.essential:
            return
        places = [("stable", dice.randrange(0, 4))]
        if dice.random() < 0.1 and name not in self.essential:
            places = []
        for suite in list(SUITES)[1:]:
            if self.chance("newer") or not places:
                places.append((suite, dice.randrange(0, len(VERSIONS))))
        protected = dice.choice([{}] * 30 + [{"Important": "yes"}, {"Protected": "yes"}])
        known = {}
        for suite, rank in places:
            version = VERSIONS[rank]
            if version not in known:
                known[version] = (dice.choice([self.architecture, self.architecture, "all"]), self.fields(name, version) | protected)
            architecture, fields = known[version]
            if fields.get("Multi-Arch") == "same":
                architecture = self.architecture
            text = f"Package: {name}\nVersion: {version}\nArchitecture: {architecture}\n"
            text += "".join(f"{key}: {value}\n" for key, value in fields.items())
            text += (f"Maintainer: Tests <tests@example.org>\nDescription: made by a test\n"
                     f"Filename: pool/{name}_{version.replace(':', '%3a')}_{architecture}.deb\nSize: 7\n"
                     f"SHA256: {sha256(f'{self.seed} {name} {version}'.encode())}\n")
            self.stanzas[suite].append(text)
            self.has.setdefault(name, []).append((version, suite))

    def question(self):
        dice = self.dice
        wishes = []
        for name in sorted(dice.sample(sorted(self.has), min(len(self.has), dice.choice([1, 1, 2, 2, 3])))):
            version, suite = dice.choice(self.has[name])
            wishes.append(dice.choice([name] * 6 + [f"{name}={version}", f"{name}/{suite}"]))
        question = Question(wishes, dice.random() < 0.4)
        for _ in range(dice.choice([0, 0, 0, 1, 2])):
            package = dice.choice(["*", dice.choice(self.names)])
            priority = dice.choice([-1, 1, 50, 100, 400, 500, 600, 990, 1001])
            if package != "*" and dice.random() < 0.4:
                question.pins.append((package, "version", dice.choice(VERSIONS + ["1*"]), priority))
            else:
                question.pins.append((package, "release", f"n={dice.choice(list(SUITES))}", priority))
        return question

    def manifest(self, question, suite="stable"):
        further = json.dumps([other for other in SUITES if other not in ("stable", "stable-updates")])
        return (f'[environment]\nplatforms = ["linux/{self.architecture}"]\n[os]\nsuite = "{suite}"\nsuites = {further}\npackages = {json.dumps(question.wishes)}\n'
                f'recommends = {str(question.recommends).lower()}\n{question.manifest_pins}')


def publish(archives, server, key, place="random"):
    """Signs and serves them; the URL that apt's sources name."""
    components = " ".join(archive.component for archive in archives)
    for suite, extra in SUITES.items():
        top, listed = f"/{place}/dists/{suite}", ""
        for archive in archives:
            packages = "\n".join(archive.stanzas[suite]).encode()
            path = f"{archive.component}/binary-{archive.architecture}/Packages"
            body = COMPRESSORS["gz"](packages)
            listed += f" {sha256(packages)} {len(packages)} {path}\n {sha256(body)} {len(body)} {path}.gz\n"
            server.content[f"{top}/{path}.gz"] = Content(body)
        release = (f"Origin: Tests\nLabel: Tests\nSuite: {suite}\nCodename: {suite}\nDate: {DATE}\n{extra}"
                   f"Architectures: amd64 arm64\nComponents: {components}\nDescription: made by a test\nSHA256:\n{listed}")
        server.content[f"{top}/InRelease"] = Content(key.clearsign(release))
    return f"{server.url}/{place}"


def sources(url, key, components):
    return (f"Types: deb\nURIs: {url}\nSuites: {' '.join(SUITES)}\nComponents: {' '.join(components)}\n"
            f"Signed-By: {key.public}\n")
