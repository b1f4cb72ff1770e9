// The version of the event format; alone in a file, so that producing events does not load their schemas.

/** Grows when a reader of old events would misread new ones. */
export const EVENT_VERSION = 1;
