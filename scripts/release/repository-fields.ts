/** The fields of package.json that say where the project is. Until its owner has said so, they name a host that cannot exist. */
export interface RepositoryFields {
  homepage: string;
  bugs: { url: string };
  repository: { type: 'git'; url: string };
}

/** Hosts under `.invalid` are reserved for this (RFC 2606): nobody can own one. */
const PLACEHOLDER = 'https://tierfall.invalid/owner/tierfall';

/** Where the fields say that the repository is, as one opens it in a browser. */
export function addressOf({ repository }: RepositoryFields): string {
  return repository.url.replace(/^git\+/u, '').replace(/\.git$/u, '');
}

export function isPlaceholder(fields: RepositoryFields): boolean {
  return addressOf(fields) === PLACEHOLDER;
}

/** The fields for a repository at this address; issues are where GitHub, Codeberg and Gitea have them unless `bugs` says otherwise. */
export function fieldsFor(address: string, bugs = `${address}/issues`): RepositoryFields {
  return {
    homepage: `${address}#readme`,
    bugs: { url: bugs },
    repository: { type: 'git', url: `git+${address}.git` },
  };
}

/**
 * The address of a repository, without `.git` and without a slash at its end.
 * @throws {Error} where it is not one that everybody can open: another protocol than https, a user or a password in it, a host
 *   that is local or reserved, no path, a query or a fragment
 */
export function parseAddress(text: string): string {
  const url = URL.parse(text);
  const expected = 'expected the address of the repository, e.g. https://github.com/owner/name';
  if (url === null) throw new Error(`${text}: no address; ${expected}`);
  const { protocol, username, password, hostname, search, hash, pathname } = url;
  if (username !== '' || password !== '') throw new Error(`the address has a user or a password in it; ${expected}`);
  if (protocol !== 'https:') throw new Error(`${text}: not https; ${expected}`);
  if (!/\.(?!invalid$|example$|test$|localhost$|local$)[a-z][a-z0-9-]+$/u.test(hostname)) {
    throw new Error(`${hostname}: no host that everybody can reach; ${expected}`);
  }
  if (search !== '' || hash !== '') throw new Error(`${text}: has a query or a fragment; ${expected}`);
  const path = pathname.replace(/\/+$/u, '').replace(/\.git$/u, '');
  if (!/^(?:\/[\w.~-]+){2,}$/u.test(path)) throw new Error(`${text}: no owner and name in its path; ${expected}`);
  return `https://${url.host}${path}`;
}
