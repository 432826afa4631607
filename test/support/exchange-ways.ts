import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ProcessingMode, ProtocolName } from '../../gateway/flow.ts'
import type { Gateway } from '../../gateway/main.ts'
import { makePartnerCredentials } from '../../gateway/partner-credentials.ts'
import { runProgram } from './child-program.ts'
import { isInstalled } from './programs.ts'

/** A partner of a running gateway, with a client that shares no code with it. */
export interface ExchangePartner {
  readonly applicationCode: string
  /** @throws Error with what the client said */
  put(name: string, content: Uint8Array): Promise<void>
  /** Names of the return flows that are there for it. */
  list(): Promise<readonly string[]>
  /** One of them; it is delivered by then. */
  fetch(name: string): Promise<Buffer>
}

/** One protocol, as partners exchange over it. A new protocol is a row. */
export interface ExchangeWay {
  readonly protocol: ProtocolName
  /** Its client is here. */
  readonly isHere: boolean
  join(
    gateway: Gateway,
    partner: {
      readonly folder: string
      readonly applicationCode: string
      readonly modes: Readonly<Record<string, ProcessingMode>>
      readonly siret?: string
    },
  ): Promise<ExchangePartner>
}

const DAY_MILLISECONDS = 86_400_000

/** OpenSSH's sftp. */
const joinOverSftp: ExchangeWay['join'] = async (gateway, partner) => {
  const { applicationCode, modes, siret } = partner
  const { certificatePem, folder, files } = await makePartnerCredentials({
    folder: join(partner.folder, applicationCode),
    commonName: applicationCode,
    now: Date.now(),
    sign: async (requestPem) => {
      const order = { requestPem, purpose: 'client', days: 30 } as const
      const issued = await gateway.identity.signRequest(order)
      if (issued === undefined) throw new Error('the test authority refused our request')
      return issued
    },
  })
  const { testIntermediatePem, testRootPem } = gateway.identity
  const registration = await gateway.forms.register({
    applicationCode,
    name: applicationCode,
    certificatePem: `${certificatePem}\n${testIntermediatePem}\n${testRootPem}`,
    protocol: 'sftp',
    modes,
    validFrom: Date.now() - DAY_MILLISECONDS,
    validUntil: Date.now() + 30 * DAY_MILLISECONDS,
    ...(siret === undefined ? {} : { siret }),
  })
  if (registration.outcome === 'refused') throw new Error(JSON.stringify(registration.reasons))
  const { host, port } = gateway.run.listeners.find(({ protocol }) => protocol === 'sftp')!
  const knownHosts = join(folder, 'hosts')
  await writeFile(knownHosts, `${gateway.identity.knownHosts(host, port).join('\n')}\n`)
  const settings = [
    'IdentitiesOnly=yes',
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'GlobalKnownHostsFile=none',
    `UserKnownHostsFile=${knownHosts}`,
    `Port=${port}`,
  ].flatMap((setting) => ['-o', setting])
  const key = ['-F', 'none', '-i', join(folder, files.key)]
  const sftp = async (command: string): Promise<string> => {
    const args = [...key, ...settings, '-b', '-', `${applicationCode}@${host}`]
    const end = await runProgram('sftp', args, { input: `${command}\n`, cwd: folder })
    if (end.code !== 0) throw new Error(end.stderr)
    return end.stdout
  }
  const box = await mkdtemp(join(folder, 'files-'))
  return {
    applicationCode,
    async put(name, content) {
      await writeFile(join(box, name), content)
      await sftp(`put ${join(box, name)} /depot/${name}`)
    },
    async list() {
      const said = await sftp('ls -1 /retrait')
      return [...said.matchAll(/\/retrait\/(\S+)/g)].map(([, name = '']) => name)
    },
    async fetch(name) {
      await sftp(`get /retrait/${name} ${join(box, name)}`)
      return await readFile(join(box, name))
    },
  }
}

export const EXCHANGE_WAYS: readonly ExchangeWay[] = [
  {
    protocol: 'sftp',
    isHere: isInstalled('sftp') || process.env['CI'] === 'true',
    join: joinOverSftp,
  },
]
