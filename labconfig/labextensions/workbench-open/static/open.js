// Opens a panel notebook ready to use: runs all its cells, and folds the file browser away to give it room.
// JupyterLab has no setting for this. Three conditions, all of them needed:
//   - the notebook asks for it: metadata {"workbench": {"run_on_open": true}};
//   - Jupyter trusts it (`make lab` signs the shipped notebooks; a file from elsewhere is not signed);
//   - it shows no living panel: its kernel does not know the widgets in the stored outputs.
// Written as the plain module container that JupyterLab loads, so that there is nothing to build.
(() => {
  const WIDGET = "application/vnd.jupyter.widget-view+json";
  const seen = new WeakSet();

  async function isAlive(kernel, model) {
    const { comms } = (await kernel.requestCommInfo({ target_name: "jupyter.widget" })).content;
    const outputs = [...model.cells].flatMap((cell) => cell.outputs?.toJSON() ?? []);
    const shown = outputs.map((output) => output.data?.[WIDGET]?.model_id).filter(Boolean);
    return shown.length > 0 && shown.every((id) => id in comms);
  }

  async function open(app, panel) {
    if (!panel?.content?.model?.cells || !panel.context || seen.has(panel)) return;
    seen.add(panel);
    const { context } = panel;
    await Promise.all([panel.revealed, context.ready, context.sessionContext.ready]);
    const { model } = panel.content;
    if (!model.getMetadata("workbench")?.run_on_open) return;
    app.shell.collapseLeft();
    if (![...model.cells].every((cell) => cell.type !== "code" || cell.trusted)) return;
    const kernel = context.sessionContext.session?.kernel;
    if (!kernel || (await isAlive(kernel, model))) return;
    if (app.shell.currentWidget !== panel) return void seen.delete(panel); // the user went on; try again on return
    await app.commands.execute("notebook:run-all-cells");
    // Looking is not editing: without this, autosave would rewrite the shipped file two minutes later.
    model.dirty = false;
  }

  const plugin = {
    id: "workbench-open:plugin",
    description: "Runs a trusted notebook when it is opened, if the notebook asks for it.",
    autoStart: true,
    activate(app) {
      const look = () => open(app, app.shell.currentWidget).catch((error) => console.error("workbench-open", error));
      app.shell.currentChanged.connect(look);
      app.restored.then(look);
    },
  };

  (window._JUPYTERLAB ??= {})["workbench-open"] = {
    init() {},
    get: async () => () => ({ __esModule: true, default: plugin }),
  };
})();
