// The entry point of the dashboard: the frame, and the page inside it.
import { html, render } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Health } from "../src/schema/api.js";
import { keepKey, keptKey, takeKeyFromAddress } from "./data/key.js";
import { hrefOf, parseRoute, type Route, type Shown } from "./data/route.js";
import { ask, isGoodKey, onKeyWanted } from "./data/server.js";
import { ComparePage } from "./pages/compare.js";
import { RunPage } from "./pages/run.js";
import { RunsPage } from "./pages/runs.js";
import { StartPage } from "./pages/start.js";
import { KeyForm } from "./parts/key-form.js";
import { Notices, notify } from "./parts/notice.js";

function App() {
  const [route, setRoute] = useState(() => parseRoute(location.hash));
  const [wantsKey, setWantsKey] = useState(false);
  // Counts the entered keys: a new key reloads all data.
  const [epoch, setEpoch] = useState(0);
  const [health, setHealth] = useState<Health>();
  const main = useRef<HTMLElement>(null);
  const place = placeOf(route);
  const shown = useRef(place);

  const begin = () => {
    setWantsKey(false);
    setEpoch((count) => count + 1);
  };
  useEffect(() => {
    const follow = async () => {
      const key = takeKeyFromAddress();
      setRoute(parseRoute(location.hash));
      if (key === undefined || key === keptKey()) return;
      // A link with a wrong key must not replace one that works.
      if (keptKey() !== undefined && !(await isGoodKey(key)))
        return notify("The server does not accept the key of this address.", true);
      keepKey(key);
      begin();
    };
    onKeyWanted(() => setWantsKey(true));
    addEventListener("hashchange", follow);
    return () => removeEventListener("hashchange", follow);
  }, []);
  useEffect(() => {
    void ask((client) => client.health()).then((answer) => answer.ok && setHealth(answer.value));
  }, [epoch]);
  useEffect(() => {
    if (shown.current === place) return;
    shown.current = place;
    scrollTo(0, 0);
    main.current?.querySelector<HTMLElement>("h1")?.focus();
  }, [place]);

  const page = wantsKey
    ? html`<${KeyForm} key=${epoch} onKey=${begin} />`
    : html`<${Page} key=${`${epoch} ${place}`} route=${route} />`;
  const skip = (event: Event) => {
    event.preventDefault();
    main.current?.focus();
  };
  return html`
    <a class="skip" href="#main" onClick=${skip}>Skip to the content</a>
    <header class="top">
      <a class="brand" href=${hrefOf({ page: "runs" })}>clinvk</a>
      <nav aria-label="Main">
        <a href=${hrefOf({ page: "runs" })} aria-current=${route.page === "runs" ? "page" : undefined}>Runs</a>
        <a href=${hrefOf({ page: "start" })} aria-current=${route.page === "start" ? "page" : undefined}>New run</a>
      </nav>
      ${health?.offline && html`<span class="tag" title="Every run of this server is answered by the built-in model.">offline model</span>`}
    </header>
    <main ref=${main} id="main" tabindex=${-1}>${page}</main>
    <${Notices} />`;
}

function Page({ route }: { route: Route }) {
  switch (route.page) {
    case "runs":
      return html`<${RunsPage} shown=${shownOf(route)} />`;
    case "run":
      return html`<${RunPage} run_id=${route.run_id} task_id=${route.task_id} shown=${shownOf(route)} />`;
    case "compare":
      return html`<${ComparePage} run_id=${route.run_id} picked=${route.tasks} />`;
    case "start":
      return html`<${StartPage} />`;
    case "unknown":
      return html`<div class="empty"><h1 tabindex=${-1}>There is nothing here</h1><p><a href="#/">All runs</a></p></div>`;
    default:
      return route satisfies never;
  }
}

function shownOf({ show, search }: Shown): Shown {
  return { ...(show ? { show } : {}), ...(search ? { search } : {}) };
}

/** Pages keep their state while only a detail of the route changes. */
function placeOf(route: Route): string {
  return "run_id" in route ? `${route.page} ${route.run_id}` : route.page;
}

const key = takeKeyFromAddress();
if (key !== undefined) keepKey(key);
const root = document.getElementById("app");
if (root) {
  root.textContent = "";
  render(html`<${App} />`, root);
}
