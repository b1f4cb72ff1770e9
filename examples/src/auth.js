// A login handler with enough wrong in it for a review.
import { createHash } from "node:crypto";

const sessions = {};

export function login(db, request) {
  const { user, password } = request.body;
  const hash = createHash("md5").update(password).digest("hex");
  const rows = db.query(`SELECT * FROM users WHERE name = '${user}' AND password = '${hash}'`);
  if (rows.length === 0) return { status: 401, body: `unknown user ${user}` };
  const token = String(Math.random());
  sessions[token] = rows[0];
  return { status: 200, body: { token, user: rows[0] } };
}

export function currentUser(request) {
  for (const token in sessions) {
    if (token === request.headers.token) return sessions[token];
  }
}
