import pytest

TRAINING = "open('output/weights.bin', 'wb').write(bytes(range(256)))\n"


@pytest.fixture
def trained(built):
    built.write("train.py", TRAINING)
    built.run("run").succeeded()
    return built
