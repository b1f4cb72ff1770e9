// The page's security policy forbids to make code of text, and a browser reports the attempt. The schema library tries it
// when a schema is made, so this comes before any schema is imported.
import * as z from "zod/mini";

z.config({ jitless: true });
