// REFUSALS.md out of the rows of a run. Pure.
const TITLES = { identity: 'Identity', chat: 'Chat', notifications: 'Chat notifications', rooms: 'Rooms', automation: 'Call Automation' };
const AUTH = {
  key: 'signed with a key of the resource, or a directory token of a principal assigned to it',
  user: 'a user token as bearer',
  header: 'a user token in `X-Skypetoken`',
  directory: "a member's directory token as bearer",
  open: 'none',
  ticket: 'a ticket in the path, given to the holder of a user token',
};

const HEAD = `# Refusal matrix

Written by \`node conformance/refusals/run.mjs --write\`. Each operation of the dialects that take credentials is asked with each flaw, then
rightly. A cell says how the flaw is refused: the status and the code of the error, whose body is \`{"error":{"code","message"}}\` as
JSON, without a challenge; the database is the same, row by row, before and after. *—*: the flaw cannot be there.

- *garbage token*: a made-up signature, header, bearer. *expired token*: signed by the server's own key, run out an hour ago. *revoked token*: revoked, its identity
  deleted, or its sign-in ended. *rotated key*: signed with a key that was replaced, or a user token made under one.
- *wrong user*: another user of the same resource, who is not in the thread or not the sender; a member who is not assigned. *wrong scope*: too narrow,
  or a token for something else. *wrong resource*: the key, or a user, of another resource of this server; *sees nothing*: the list is theirs and empty of others' things;
  *does nothing*: what is not theirs is not there to be ended.
- *tampered content*: body, hash, query, host, method or date other than signed; claims other than signed; the algorithm *none*. *old date*, *future date*: 16 minutes off.
- *replay*: the same request with the same repeatability id gives the *same answer* and makes nothing more. Without one, a signed request may be sent again
  for as long as its date counts (15 minutes): the protocol has no other sign of a request.
- *asked rightly*: the answer once nothing is wrong, which shows that the flaw was the cause.
`;

export function pageOf(flaws, rows) {
  const parts = [HEAD];
  for (const dialect of Object.keys(TITLES)) {
    const own = rows.filter((row) => row.dialect === dialect);
    if (own.length > 0) parts.push(sectionOf(flaws, TITLES[dialect], own));
  }
  return parts.join('\n');
}

function sectionOf(flaws, title, rows) {
  const lines = [`## ${title}`, ''];
  for (const auth of Object.keys(AUTH)) {
    const own = rows.filter((row) => row.auth === auth);
    if (own.length === 0) continue;
    // A column that no operation here can have is left out.
    const columns = flaws.filter((flaw) => own.some(({ cells }) => cells[flaw] !== '—'));
    lines.push(`Credentials: ${AUTH[auth]}.`, '', `| Operation | ${columns.join(' | ')} | asked rightly |`, `|---|${'---|'.repeat(columns.length + 1)}`);
    for (const { method, path, cells, status } of own) lines.push(`| \`${method} ${path}\` | ${columns.map((flaw) => cells[flaw]).join(' | ')} | ${status} |`);
    lines.push('');
  }
  const others = rows.filter(({ because }) => because);
  if (others.length > 0) lines.push(...others.map(({ method, path, because, status }) => `- \`${method} ${path}\`, asked rightly, ${status}: ${because}`), '');
  return lines.join('\n');
}
