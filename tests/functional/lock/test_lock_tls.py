"""Servers with certificates of a private authority, and proxies: what apt, pip and git are told of them counts here."""

import shutil

import pytest
from world.git_server import GitServer, Repository, project_files
from world.server import Server
from world.tls import Authority, Proxy


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority") / "ours")


@pytest.fixture(scope="module")
def secure_server(authority, world):
    server = Server(authority.context("index", "IP:127.0.0.1,DNS:index.test,DNS:packages.test"))
    yield server
    server.close()


@pytest.fixture
def secure(secure_server, world):
    """All that the world serves, over https."""
    secure_server.reset()
    secure_server.content = world.server.content
    return secure_server


@pytest.fixture
def proxy():
    proxy = Proxy()
    yield proxy
    proxy.close()


def python_project(project, url, **environment):
    project.write("mlrepro.toml", '[python]\nversion = "3.11"\nrequirements = ["alpha"]\n')
    project.environment.update({"PIP_INDEX_URL": f"{url}/html/simple/", "PIP_CONFIG_FILE": "/dev/null", **environment})
    return project


def os_project(project, world, url, config=""):
    """The archive at `url`, and apt's configuration."""
    folder = project.folder / "apt"
    shutil.copytree(world.archive.apt, folder)
    for file in folder.rglob("*.sources"):
        file.write_text(file.read_text().replace(world.server.url, url))
    (folder / "apt.conf.d").mkdir(exist_ok=True)
    (folder / "apt.conf.d/50tests").write_text(config)
    project.environment["MLREPRO_APT_DIR"] = str(folder)
    project.manifest(["libgreeting"])
    return project


def refused(project, status=3):
    """The one error, in JSON; in words it is one as well."""
    result = project.run("lock", "--json").failed(status)
    assert project.run("lock").failed(status).err.count("error:") == 1
    return result.json()["error"]


@pytest.mark.parametrize("variable", ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_private_authority_of_the_environment(project, secure, authority, variable):
    python_project(project, secure.url, **{variable: str(authority.file)}).run("lock").succeeded()
    assert project.versions("python") == {"alpha": "2.0", "beta": "2.0"}
    project.run("export", "pylock").succeeded()


def test_a_private_authority_of_pips_configuration(project, secure, authority):
    config = project.write("pip.conf", f"[global]\ncert = {authority.file}\n")
    python_project(project, secure.url, PIP_CONFIG_FILE=str(config)).run("lock").succeeded()
    project.run("lock", "--upgrade", env={"PIP_CERT": "/nonexistent"}).failed(3)


def test_authorities_of_several_variables_count_together(project, secure, authority, tmp_path):
    other = Authority(tmp_path / "another").file
    for pip, ssl in ((authority.file, other), (other, authority.file), (authority.file, tmp_path)):
        python_project(project, secure.url, PIP_CERT=str(pip), SSL_CERT_FILE=str(ssl)).run("lock", "--upgrade").succeeded()
    project.environment["SSL_CERT_FILE"] = str(tmp_path / "nowhere.pem")
    assert "nowhere.pem (SSL_CERT_FILE) cannot be read" in project.run("lock", "--upgrade").failed(3).err


def test_a_certificate_of_nobody_is_refused_with_what_to_do(project, secure, authority, tmp_path):
    python_project(project, secure.url)
    error = refused(project)
    assert f"the certificate of {secure.url} is not trusted" in error["message"] and "PIP_CERT" in error["hint"]
    project.environment["SSL_CERT_FILE"] = str(Authority(tmp_path / "another").file)
    error = refused(project)
    assert "is not trusted" in error["message"] and "(SSL_CERT_FILE)" in error["hint"]
    project.environment["PIP_CERT"] = str(tmp_path / "nowhere.pem")
    assert "nowhere.pem (PIP_CERT) cannot be read" in refused(project)["message"]
    assert not secure.log and not project.lockfile.exists()


def test_a_certificate_for_another_address_is_refused(project, world, authority):
    server = Server(authority.context("other", "IP:127.0.0.2"))
    server.content = world.server.content
    try:
        error = refused(python_project(project, server.url, PIP_CERT=str(authority.file)))
        assert "is not trusted" in error["message"] and "127.0.0.1" in error["message"]
    finally:
        server.close()


@pytest.mark.parametrize("how", ["variable", "configuration"])
def test_a_trusted_host_is_believed_and_told(project, secure, how):
    host = secure.url.removeprefix("https://")
    if how == "variable":
        python_project(project, secure.url, PIP_TRUSTED_HOST="example.org 127.0.0.1")
    else:
        config = project.write("pip.conf", f"[global]\ntrusted-host =\n    example.org\n    {host}\n")
        python_project(project, secure.url, PIP_CONFIG_FILE=str(config))
    assert project.run("lock").succeeded().err.count("is not checked") == 1
    project.environment["PIP_TRUSTED_HOST"] = "127.0.0.1:1"
    assert "is not trusted" in project.run("lock", "--upgrade").failed(3).err


def test_a_trusted_host_sends_nobody_elsewhere(project, secure, world, authority):
    other = Server(authority.context("elsewhere"))
    other.content = world.server.content
    secure.fault("/simple/alpha/", "redirect", to=f"{other.url}/html/simple/alpha/")
    try:
        error = refused(python_project(project, secure.url, PIP_TRUSTED_HOST="127.0.0.1"))
        assert "redirects away from a host whose certificate is not checked" in error["message"] and not other.log
    finally:
        other.close()


def test_https_is_not_left_for_http(project, secure, world, authority):
    world.server.log.clear()
    secure.fault("/simple/alpha/", "redirect", to=f"{world.server.url}/html/simple/alpha/")
    error = refused(python_project(project, secure.url.replace("//", "//me:secret@"), PIP_CERT=str(authority.file)))
    assert "redirects to a place that is not https" in error["message"] and "secret" not in str(error)
    assert world.server.log == []


def test_apts_authorities_count_for_archives(project, world, secure, authority):
    os_project(project, world, secure.url)
    error = refused(project)
    assert "is not trusted" in error["message"] and "Acquire::https::CAInfo" in error["hint"]
    config = project.folder / "apt/apt.conf.d/50tests"
    for text in (f'Acquire::https::CAInfo "{authority.file}";', f'Acquire::https::127.0.0.1::CAInfo "{authority.file}";\n',
                 'Acquire { https { // one block in another\n  Verify-Peer "false"; } }; /* end */'):
        config.write_text(text)
        project.run("lock", "--upgrade").succeeded()
    config.write_text(f'Acquire::https::CAInfo "{authority.file}";')
    project.run("lock", "--upgrade", env={"PIP_CERT": "/nonexistent"}).succeeded()
    config.write_text(f'#clear Acquire;\n# Acquire::https::CAInfo "{authority.file}";')
    project.run("lock", "--upgrade").failed(3)


def test_git_over_https_with_a_private_authority(project, authority, tmp_path):
    server = GitServer(tmp_path / "repositories", authority.context("git", "DNS:localhost"))
    repository = Repository(server.root / "library")
    repository.commit(project_files("library", "1.0"))
    repository.publish()
    url = server.url.replace("127.0.0.1", "localhost")
    try:
        project.write("mlrepro.toml", f'[python]\nversion = "3.11"\nrequirements = ["library @ git+{url}/library.git"]\n')
        error = refused(project)
        assert "certificate is not trusted" in error["message"] and "GIT_SSL_CAINFO" in error["hint"]
        assert "cannot be read" in project.run("lock", env={"GIT_SSL_CAINFO": "/nonexistent"}).failed(3).err
        project.run("lock", env={"GIT_SSL_CAINFO": str(authority.file), "SSL_CERT_FILE": "/nonexistent"}).succeeded()
        project.run("lock", "--upgrade", env={"SSL_CERT_FILE": str(authority.file)}).succeeded()
    finally:
        server.close()


@pytest.mark.parametrize("how", ["http_proxy", "HTTP_PROXY", "all_proxy", "PIP_PROXY", "pip.conf"])
def test_a_proxy_for_http(project, world, proxy, how):
    url = f"http://index.test:{world.server.port}"
    if how == "pip.conf":
        config = project.write("pip.conf", f"[global]\nproxy = {proxy.host}\n")
        python_project(project, url, PIP_CONFIG_FILE=str(config), http_proxy="http://127.0.0.1:1")
    else:
        python_project(project, url, **{how: proxy.url})
    project.run("lock").succeeded()
    assert f"GET {url}/html/simple/alpha/" in proxy.log
    assert "index.test" not in project.lockfile.read_text()


@pytest.mark.parametrize("how", ["https_proxy", "PIP_PROXY"])
def test_a_tunnel_for_https(project, secure, authority, proxy, how):
    url = f"https://index.test:{secure.port}"
    python_project(project, url, PIP_CERT=str(authority.file), **{how: proxy.url}).run("lock").succeeded()
    assert set(proxy.log) == {f"CONNECT index.test:{secure.port}"}
    python_project(project, url, PIP_CERT="")
    assert f"the certificate of {url} is not trusted" in project.run("lock", "--upgrade").failed(3).err


def test_no_proxy_counts_for_all(project, world, proxy):
    python_project(project, world.server.url, http_proxy=proxy.url, no_proxy="127.0.0.1").run("lock").succeeded()
    project.run("lock", "--upgrade", env={"PIP_PROXY": proxy.url}).succeeded()
    assert proxy.log == []
    project.run("lock", "--upgrade", env={"no_proxy": ""}).succeeded()
    assert proxy.log


def test_apts_proxy_is_for_archives_alone(project, world, proxy):
    url = f"http://packages.test:{world.server.port}"
    os_project(project, world, url, f'Acquire::http::Proxy "{proxy.url}/";')
    project.manifest(["python3", "libgreeting"], ["alpha"])
    project.run("lock").succeeded()
    assert proxy.log and all(line.startswith(f"GET {url}/") for line in proxy.log)
    config = project.folder / "apt/apt.conf.d/50tests"
    proxy.log.clear()
    config.write_text(f'Acquire::http {{ Proxy "http://127.0.0.1:1"; Proxy::packages.test "{proxy.url}"; }};')
    project.run("lock", "--upgrade").succeeded()
    assert proxy.log
    config.write_text('Acquire::http::Proxy "DIRECT";')
    project.environment["http_proxy"] = proxy.url
    assert "packages.test" in project.run("lock", "--upgrade").failed(3).err
    # Files of the archive come through it as well.
    config.write_text("")
    proxy.log.clear()
    project.run("lock", "--upgrade").succeeded()
    project.run("verify", "--lock").succeeded()
    assert any(line.endswith(".deb") for line in proxy.log) and any("/files/" in line for line in proxy.log)


def test_the_password_of_a_proxy_is_told_to_it_alone(project, world, secure, authority, proxy):
    proxy.password = "me:s3cret"
    plain, tunnel = f"http://index.test:{world.server.port}", f"https://index.test:{secure.port}"
    named = proxy.url.replace("//", "//me:s3cret@")
    wrong = proxy.url.replace("//", "//me:wr0ng@")
    for url, variable in ((plain, "http_proxy"), (tunnel, "https_proxy")):
        python_project(project, url, PIP_CERT=str(authority.file), **{variable: wrong})
        for address in (proxy.url, wrong):
            project.environment[variable] = address
            error = refused(project)
            assert "407" in error["message"] and "name and password" in error["message"], error
            assert "NAME:PASSWORD" in error["hint"] and "wr0ng" not in str(error)
        project.environment[variable] = named
        result = project.run("-v", "lock", "--upgrade").succeeded()
        written = "".join(path.read_text(errors="replace") for folder in (project.folder, project.cache)
                          for path in folder.rglob("*") if path.is_file())
        assert "s3cret" not in result.out + result.err + written
        project.lockfile.unlink()
        shutil.rmtree(project.cache)


def test_a_proxy_that_is_not_there_is_named(project, world):
    python_project(project, f"http://index.test:{world.server.port}", http_proxy="http://me:s3cret@127.0.0.1:1")
    error = refused(project)
    assert "cannot reach the proxy http://127.0.0.1:1 (http_proxy)" in error["message"] and "s3cret" not in str(error)
    project.environment["http_proxy"] = "http://nowhere.invalid:80"
    assert "cannot reach the proxy http://nowhere.invalid:80 (http_proxy)" in refused(project)["message"]


def test_git_goes_through_a_proxy(project, authority, proxy, tmp_path):
    server = GitServer(tmp_path / "repositories", authority.context("gitproxy", "DNS:git.test"))
    repository = Repository(server.root / "library")
    repository.commit(project_files("library", "1.0"))
    repository.publish()
    url = f"https://git.test:{server.host.split(':')[1]}"
    try:
        project.write("mlrepro.toml", f'[python]\nversion = "3.11"\nrequirements = ["library @ git+{url}/library.git"]\n')
        project.environment.update(https_proxy=proxy.url, SSL_CERT_FILE=str(authority.file))
        project.run("lock").succeeded()
        assert proxy.log and all(line.startswith("CONNECT git.test:") for line in proxy.log)
    finally:
        server.close()
