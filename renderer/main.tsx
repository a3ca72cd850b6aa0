// First of all: it turns off zod's compiled parsers, whose probe for eval the page's policy would report.
import "../shared/units.ts";

import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { followLive } from "./live/connect.ts";
import { createQueryClient } from "./queries/query-client.ts";
import { persistView } from "./view/view.ts";

persistView();
const client = createQueryClient();
const root = document.getElementById("root");
if (root === null) throw new Error("The page has no root element.");
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
followLive(client);
