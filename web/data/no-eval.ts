// The page's security policy forbids `eval`, and the browser reports each attempt. The schema library tries it
// when a schema is made, so this file is imported before any schema.
import * as z from "zod/mini";

z.config({ jitless: true });
