/*
 * How results become visible, one publication after the other.
 *
 * 1. `publications/000002.json` is created exclusively: the manifest, with the digests of the
 *    tables. This is the commit. A publisher that has seen publication 1 can only create 2; if it
 *    exists, the publisher starts over from what is stored now, or finds that nothing is left.
 *    The program itself reads only these records: for it a publication is complete or absent.
 * 2. The tables are renamed to `results.csv` and so on, and at last `manifest.json` is written with
 *    the number of the publication. Before each of them the publisher checks that its publication
 *    is still the last one, and after the last of them once more.
 *
 * A reader of the files sees each of them complete. Between two renames the tables are of two
 * publications; then their digests differ from those in `manifest.json`, as after a crash between
 * the two steps. The next publisher, or a command that reads the results, completes the last one.
 *
 * A rename cannot be made conditional. A publisher that is stopped exactly between its check and
 * its rename shows an older table when it wakes up. It notices at its next check, and shows the
 * last publication again. If it is killed in between, the digests differ, and the next reader
 * repairs it.
 */
import { theProgram } from '../contract/audit.ts';
import { appendAudit, readAudit } from '../storage/audit-log.ts';
import { formerResultKey, publicationKey, resultFiles, resultKey } from '../storage/layout.ts';
import type { Storage } from '../storage/storage.ts';
import { lastPublicationOf, type Manifest, readShownManifest } from './manifest.ts';
import { hasSameFiles, type TableDraft } from './result-tables.ts';

/**
 * Commits the publication with the manifest's number. Returns false if another one has the number.
 */
export async function commitPublication(storage: Storage, manifest: Manifest): Promise<boolean> {
  const key = publicationKey(manifest.batch_id, manifest.version);
  const content = `${JSON.stringify(manifest)}\n`;
  if (await storage.files.createExclusive(key, content)) return true;
  // The answer to an earlier attempt may have been lost.
  return (await storage.files.read(key))?.equals(Buffer.from(content)) === true;
}

/** True if the visible files are those of the publication. */
export async function isShown(storage: Storage, publication: Manifest): Promise<boolean> {
  const shown = await readShownManifest(storage, publication.batch_id);
  return shown?.version === publication.version && (await hasSameFiles(storage, publication));
}

/**
 * Makes a committed publication visible. The drafts are finished, and have its digests. Returns
 * false if a newer publication was committed meanwhile, which must then be shown.
 */
export async function showPublication(
  storage: Storage,
  publication: Manifest,
  drafts: readonly TableDraft[],
): Promise<boolean> {
  const { batch_id: batchId, version } = publication;
  const isLast = async (): Promise<boolean> => (await lastPublicationOf(storage, batchId)) === version;
  for (const { file } of drafts) {
    if (!(await isLast())) return false;
    await file.commit();
  }
  await auditPublication(storage, publication);
  // Each line holds the digest of the line before, so the last digest covers the whole log.
  const { lines, digest } = await readAudit(storage, batchId);
  const audit = { lines: lines.length, sha256: digest };
  if (!(await isLast())) return false;
  await storage.files.replace(
    resultKey(batchId, 'manifest.json'),
    `${JSON.stringify({ ...publication, audit }, null, 2)}\n`,
  );
  return await isLast();
}

/** Copies the visible files aside, once, if they are those of the publication. */
export async function keepFormer(storage: Storage, publication: Manifest): Promise<void> {
  const { batch_id: batchId, version } = publication;
  const isKept = (await storage.files.read(formerResultKey(batchId, version, 'manifest.json'))) !== undefined;
  if (isKept || !(await isShown(storage, publication))) return;
  for (const name of resultFiles) {
    const content = await storage.files.read(resultKey(batchId, name));
    if (content !== undefined) await storage.files.replace(formerResultKey(batchId, version, name), content);
  }
}

/** Adds an audit line, once per publication. The manifest records the log's digest. */
async function auditPublication(storage: Storage, publication: Manifest): Promise<void> {
  const { batch_id: batchId, version, pass, status, outcomes } = publication;
  await appendAudit(storage, batchId, {
    id: `publish ${version} ${publication.sha256['results.csv']}`,
    at: publication.published_at,
    who: theProgram,
    act: 'publish',
    details: {
      version,
      pass,
      status,
      ...Object.fromEntries(Object.entries(outcomes).filter(([, count]) => count > 0)),
    },
  });
}
