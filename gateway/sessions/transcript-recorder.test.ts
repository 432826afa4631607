import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { TranscriptRecorder } from './transcript-recorder.ts'

interface Line {
  readonly name?: string
  readonly fields?: { readonly entries?: number }
}

async function linesOf(recorder: TranscriptRecorder): Promise<readonly Line[]> {
  const pieces: Buffer[] = []
  for await (const piece of recorder.finish({ sessionId: 'ses_1' })) pieces.push(piece)
  const text = gunzipSync(Buffer.concat(pieces)).toString().trim()
  return text.split('\n').map((line) => JSON.parse(line) as Line)
}

test('a disk that takes nothing costs the beginning of a transcript, counted, and not the rest', async () => {
  const path = join(tmpdir(), 'raccord-no-such-folder', 'ses_1')
  const recorder = new TranscriptRecorder({ path, clock: { now: () => 0 } })
  const entries = 3_000
  for (let at = 0; at < entries; at += 1) {
    const summary = 'x'.repeat(1_000)
    recorder.record({ direction: 'in', layer: 'sftp', name: `M${at}`, summary })
  }
  const [header, ...lines] = await linesOf(recorder)
  expect(header).toMatchObject({ sessionId: 'ses_1' })
  const kept = lines.filter(({ name }) => name !== 'cut')
  const [cut, ...more] = lines.filter(({ name }) => name === 'cut')
  expect(more).toEqual([])
  expect(kept.at(-1)?.name).toBe(`M${entries - 1}`)
  expect(kept.length + (cut?.fields?.entries ?? 0)).toBe(entries)
  await recorder.discard()
})
