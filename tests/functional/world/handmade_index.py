"""An index whose pages a test writes itself, links and lies."""

import hashlib
import json

from .python_index import JSON_TYPE, make_wheel
from .server import Content


class Index:
    """Pages written out by hand below /odd/simple, files below /odd/files."""

    def __init__(self, world, project):
        self.server = world.server
        self.project = project
        self.url = f"{world.server.url}/odd/simple"

    def wheel(self, name, version, **options):
        file, body, metadata = make_wheel(name, version, **options)
        self.server.content[f"/odd/files/{file}"] = Content(body)
        return file, hashlib.sha256(body).hexdigest()

    def page(self, name, text, kind="text/html"):
        body = text.encode() if isinstance(text, str) else json.dumps(text).encode()
        self.server.content[f"/odd/simple/{name}/"] = Content(body, kind if isinstance(text, str) else JSON_TYPE)

    def lock(self, *requirements, url=None, arguments=()):
        self.project.write("mlrepro.toml", f'[python]\nversion = "3.11"\nrequirements = {json.dumps(requirements)}\n'
                           f'[[python.index]]\nname = "odd"\nurl = "{url or self.url}"\n')
        return self.project.run(*arguments, "lock", "--json", timeout=60)

    def locked(self, *requirements, **options):
        self.lock(*requirements, **options).succeeded()
        return {each["name"]: each["version"] for each in self.project.lock_document()["python"]["packages"]}

    def refused(self, *requirements, status=3, **options):
        return self.lock(*requirements, **options).failed(status).json()["error"]
