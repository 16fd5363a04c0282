"""What pyproject.toml cannot say: the folder `resources` is installed as the data package `cnnstudio_resources`."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["cnnstudio", "cnnstudio.*"]), "cnnstudio_resources"],
    package_dir={"cnnstudio_resources": "resources"},
    package_data={"cnnstudio_resources": ["**/*"]},
)
