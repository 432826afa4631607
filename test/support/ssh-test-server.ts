import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { pino } from 'pino'
import { onTestFinished } from 'vitest'
import { sshPublicKeyBlob } from '../../certs/ssh-public-key.ts'
import { configSchema, type Config } from '../../config/schema.ts'
import { noFaults, type Faults } from '../../gateway/faults.ts'
import { newId } from '../../gateway/ids.ts'
import { createFailedTries } from '../../protocols/failed-tries.ts'
import type { Authenticate, DoorRefusal } from '../../protocols/listener.ts'
import type { SftpClient } from '../../protocols/sftp/ssh-channel.ts'
import { startSshServer, type SshServer } from '../../protocols/sftp/ssh-server.ts'
import type { TranscriptEntry } from '../../protocols/transcript.ts'

/** An SSH server with one partner, `SIM123`, and what it has recorded. */
export interface SshTestServer {
  readonly server: SshServer
  readonly refusals: DoorRefusal[]
  readonly outcomes: string[]
  readonly transcript: TranscriptEntry[]
  readonly facts: Record<string, string>
}

export interface PartnerKey {
  readonly privateKey: KeyObject
  readonly blob: Buffer
  readonly spkiSha256: string
}

export function partnerKey(
  kind: 'ed25519' | 'p256' | 'p521' | 'rsa1024' | 'rsa2048' = 'ed25519',
): PartnerKey {
  const pair =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : kind === 'p256' || kind === 'p521'
        ? generateKeyPairSync('ec', { namedCurve: kind === 'p256' ? 'P-256' : 'P-521' })
        : generateKeyPairSync('rsa', { modulusLength: Number(kind.slice(3)) })
  const spki = pair.publicKey.export({ type: 'spki', format: 'der' })
  return {
    privateKey: pair.privateKey,
    blob: sshPublicKeyBlob(pair.publicKey)!,
    spkiSha256: createHash('sha256').update(spki).digest('hex'),
  }
}

const CONNECTION = { id: 'cnx_test', applicationCode: 'SIM123', protocol: 'sftp' } as const

/** Lets user SIM123 in with one of these keys; stopped when the test has finished. */
export async function startSshTestServer(options: {
  readonly keys: readonly Pick<PartnerKey, 'spkiSha256'>[]
  readonly settings?: Partial<Config['sftp']>
  readonly faults?: Faults
  readonly onSftp?: (client: SftpClient) => void
  readonly authenticate?: Authenticate
}): Promise<SshTestServer> {
  const refusals: DoorRefusal[] = []
  const outcomes: string[] = []
  const transcript: TranscriptEntry[] = []
  const facts: Record<string, string> = {}
  const known = new Set(options.keys.map((key) => key.spkiSha256))
  const hostKey = generateKeyPairSync('ed25519').privateKey
  const rsaHostKey = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const pem = (key: KeyObject) => key.export({ type: 'pkcs8', format: 'pem' })
  const hostKeys = [pem(hostKey), pem(rsaHostKey)]
  const server = await startSshServer({
    services: {
      authenticate:
        options.authenticate ??
        ((offered) =>
          offered.protocol === 'sftp' && offered.user === 'SIM123' && known.has(offered.spkiSha256)
            ? { outcome: 'accepted', connection: CONNECTION }
            : { outcome: 'refused', reason: 'no such user with that key' }),
      failedTries: createFailedTries(configSchema.parse({}).failedTries),
      sessions: {
        open: () => ({
          id: newId('ses'),
          transcript: { record: (entry) => void transcript.push(entry) },
          carries: () => () => {},
          note: ({ fields }) => void Object.assign(facts, fields),
          close: async (outcome) => void outcomes.push(outcome),
        }),
        refused: (refusal) => {
          refusals.push(refusal)
          return newId('rfs')
        },
      },
      faults: options.faults ?? noFaults,
      clock: { now: () => Date.now() },
      log: pino({ level: 'silent' }),
    },
    settings: {
      ...configSchema.parse({}).sftp,
      host: '127.0.0.1',
      port: 0,
      authenticationFloorMilliseconds: 0,
      ...options.settings,
    },
    hostKeys: () => hostKeys,
    onSftp: options.onSftp ?? echo,
  })
  onTestFinished(() => server.stop(0))
  return { server, refusals, outcomes, transcript, facts }
}

/** Sends back what comes, in order. */
export function echo({ channel }: SftpClient): void {
  channel.onData((chunk) => channel.write([chunk], () => channel.consumed(chunk.length)))
  channel.onEnd(() => channel.end())
}
