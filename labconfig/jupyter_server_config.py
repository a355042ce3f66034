"""How `make lab` starts JupyterLab. Read through JUPYTER_CONFIG_PATH; every path is found from this file."""

from pathlib import Path

HERE = Path(__file__).resolve().parent

c = get_config()  # noqa: F821 (Jupyter gives it to its configuration files)
c.ServerApp.ip = "127.0.0.1"
# Jupyter makes a new token at each start and prints the address with it. In a container the user may be root.
c.ServerApp.allow_root = True
# Warnings, and the address.
c.ServerApp.log_level = "WARN"
c.ServerApp.root_dir = str(HERE.parent)
c.LabApp.default_url = "/lab/tree/notebooks/00_start.ipynb"
c.LabApp.extra_labextensions_path = [str(HERE / "labextensions")]
# No catalogue of extensions is fetched. The question about news has to be answered in
# default_setting_overrides.json: JupyterLab takes that answer nowhere else.
c.LabApp.extension_manager = "readonly"
