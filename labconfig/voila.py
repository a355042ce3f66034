"""How `make app` shows the tuning screen. Found through JUPYTER_CONFIG_PATH; how the server starts stands beside."""

c = get_config()  # noqa: F821 (Jupyter gives it to its configuration files)
c.Voila.ip = "127.0.0.1"
# Voilà asks nobody who they are unless it is told to: a new token at each start, printed with the address.
c.Voila.auto_token = True
c.Voila.open_browser = False
# A visitor is shown sentences, never a traceback; the log of the server has it.
c.VoilaConfiguration.show_tracebacks = False
# Left alone, the kernel of a page that was closed goes on holding its cases.
c.MappingKernelManager.cull_idle_timeout = 3600
c.MappingKernelManager.cull_connected = False
