import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { describeWith, run } from '../../test/support/programs.ts'
import { unpackTar, writeTar } from './tar-file.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-tar-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const FILES: readonly (readonly [string, string])[] = [
  ['manifest.json', '{}'],
  ['empty', ''],
  ['journal/block', 'x'.repeat(512)],
  [`partners/${'é'.repeat(80)}/key`, 'a long name'],
  [`partners/${'n'.repeat(120)}`, 'y'.repeat(1_025)],
]

async function packed(): Promise<string> {
  for (const [path, text] of FILES) {
    await mkdir(dirname(join(folder, 'from', path)), { recursive: true })
    await writeFile(join(folder, 'from', path), text)
  }
  const file = join(folder, 'a.tar')
  await writeTar(
    join(folder, 'from'),
    FILES.map(([path]) => path),
    file,
  )
  return file
}

const filesIn = (place: string) =>
  Promise.all(
    FILES.map(async ([path]) => [path, await readFile(join(place, path), 'utf8')] as const),
  )

test('what was packed is unpacked as it was', async () => {
  await unpackTar(await packed(), join(folder, 'ours'))
  expect(await filesIn(join(folder, 'ours'))).toEqual(FILES)
})

describeWith('tar')('beside the program tar', () => {
  test('what was packed is unpacked as it was', async () => {
    await mkdir(join(folder, 'theirs'))
    run('tar', ['-xf', await packed(), '-C', join(folder, 'theirs')])
    expect(await filesIn(join(folder, 'theirs'))).toEqual(FILES)
  })

  test('what it packed of the same folder is unpacked too', async () => {
    await packed()
    const file = join(folder, 'b.tar')
    run('tar', ['-cf', file, '--format=gnu', '-C', join(folder, 'from'), '.'])
    await unpackTar(file, join(folder, 'ours'))
    expect(await filesIn(join(folder, 'ours'))).toEqual(FILES)
  })
})

test('a file that was cut or changed, or leads elsewhere, is refused', async () => {
  const bytes = await readFile(await packed())
  const other = join(folder, 'c.tar')
  const unpack = async (content: Uint8Array): Promise<void> => {
    await rm(join(folder, 'to'), { recursive: true, force: true })
    await writeFile(other, content)
    await unpackTar(other, join(folder, 'to'))
  }
  for (const cut of [0, 100, 700, 1_500]) {
    await expect(unpack(bytes.subarray(0, cut))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  }
  await expect(unpack(bytes.with(0, 0x2f))).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  await writeFile(join(folder, 'evil'), 'x')
  await mkdir(join(folder, 'deep'))
  await writeTar(join(folder, 'deep'), ['../evil'], join(folder, 'evil.tar'))
  await expect(unpack(await readFile(join(folder, 'evil.tar')))).rejects.toMatchObject({
    code: 'BACKUP_DAMAGED',
  })
})

test('a tar with sizes, names or entries that no program packs is refused, and ends', async () => {
  const bytes = await readFile(await packed())
  const other = join(folder, 'd.tar')
  const unpack = async (content: Uint8Array): Promise<void> => {
    await rm(join(folder, 'to'), { recursive: true, force: true })
    await writeFile(other, content)
    await unpackTar(other, join(folder, 'to'))
  }
  const first = bytes.subarray(0, 1_024)
  const changed = (change: (header: Buffer) => void): Buffer => {
    const copy = Buffer.from(bytes)
    change(copy)
    return signed(copy)
  }
  const hostile: Readonly<Record<string, Buffer>> = {
    'no size': changed((header) => header.fill(0, 124, 136)),
    'a size below zero': changed((header) => header.write('-0000001000\0', 124, 'latin1')),
    'a size beyond all numbers': changed((header) => {
      header.fill(0xff, 124, 136).writeUInt8(0x80, 124)
    }),
    'more than there is': changed((header) => header.write('00777777777\0', 124, 'latin1')),
    'a link': changed((header) => header.write('2', 156, 'latin1')),
    'an absolute name': changed((header) => header.write('/etc/x\0', 0, 'latin1')),
    'a name above': changed((header) => header.write('a/../../x\0', 0, 'latin1')),
    'a name twice': Buffer.concat([first, bytes]),
    'a file that is a folder': Buffer.concat([
      signed(Buffer.from(first).fill(0, 0, 100).fill('journal', 0, 7)),
      bytes,
    ]),
  }
  for (const [what, content] of Object.entries(hostile)) {
    await expect(unpack(content), what).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' })
  }
  expect((await readdir(folder)).toSorted()).toEqual(['a.tar', 'd.tar', 'from', 'to'])
})

/** With the checksum of its first header. */
function signed(content: Buffer): Buffer {
  content.fill(' ', 148, 156)
  const sum = content.subarray(0, 512).reduce((total, byte) => total + byte, 0)
  content.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return content
}
