import { mkdtemp, rename } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { GatewayError } from '../errors.ts'
import { backUp, type BackupOrder } from './back-up.ts'
import { MANIFEST_FILE, type BackupManifest } from './backup-manifest.ts'
import { fileExists, removeFolder } from './copy-file.ts'
import { restore, type Restored, type RestoreOrder } from './restore.ts'
import { unpackTar, writeTar } from './tar-file.ts'

/** A backup as one tar file, which has its name once it is whole; beside it, while it is made, its folder. */
export async function backUpToFile(
  order: Omit<BackupOrder, 'folder'>,
  file: string,
): Promise<BackupManifest> {
  if (await fileExists(file)) throw new GatewayError('BACKUP_PLACE_TAKEN', `${file} is there.`)
  return await withFolderBeside(file, async (place) => {
    const folder = join(place, 'backup')
    const manifest = await backUp({ ...order, folder })
    const paths = manifest.files.map(({ path }) => path)
    await writeTar(folder, [...paths, MANIFEST_FILE], join(place, 'tar'))
    await rename(join(place, 'tar'), file)
    return manifest
  })
}

/** Restores one. @param order its `folder` names the file */
export async function restoreFile(order: RestoreOrder): Promise<Restored> {
  return await withFolderBeside(order.folder, async (folder) => {
    await unpackTar(order.folder, folder)
    return await restore({ ...order, folder })
  })
}

async function withFolderBeside<Result>(
  file: string,
  work: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(dirname(file), `.${basename(file)}-`))
  try {
    return await work(folder)
  } finally {
    await removeFolder(folder)
  }
}
