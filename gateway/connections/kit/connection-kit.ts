import type { GatewayDocument } from '../../gateway-document.ts'
import type { ConnectionDocument } from '../connection-forms.ts'
import { kitAddress } from './kit-address.ts'
import { kitCommands } from './kit-commands.ts'
import { kitFacts, type KitFacts, type KitSettings } from './kit-facts.ts'
import type { KitFile } from './kit-product.ts'
import { productsFor } from './kit-products.ts'
import { kitReadme } from './kit-readme.ts'

/** Makes the kit of a connection: a zip with all a partner needs but its own key. */
export type ConnectionKit = (
  connection: ConnectionDocument,
  gateway: GatewayDocument,
  language: 'en' | 'fr',
) => Promise<Uint8Array<ArrayBuffer>>

/** @param settings what partners have to know of the gateway's */
export function createConnectionKit(settings: KitSettings): ConnectionKit {
  return async (connection, gateway, language) =>
    zip(kitFiles(kitFacts(connection, gateway, settings, language)), Date.parse(gateway.time))
}

/** The files of a kit, by name. */
export function kitFiles(facts: KitFacts): readonly KitFile[] {
  const commands = kitCommands(facts)
  const products = productsFor(facts.protocol)
  const paste = commands.map(({ what, line }) => `# ${what[facts.language]}\n${line}\n`)
  return [
    kitReadme(facts, commands, products),
    ...(paste.length === 0 ? [] : [{ path: 'commands.txt', text: paste.join('\n') }]),
    ...connectionFile(facts),
    ...gatewayFiles(facts),
    ...products.flatMap((product) => product.files(facts)),
  ].toSorted((one, other) => (one.path < other.path ? -1 : 1))
}

/** What makes the unpacked kit, with the key in it, a folder to `raccord send` from. */
function connectionFile(facts: KitFacts): readonly KitFile[] {
  const text = JSON.stringify(kitAddress(facts), null, 2)
  return [{ path: 'connection.json', text: `${text}\n` }]
}

function gatewayFiles(facts: KitFacts): readonly KitFile[] {
  const { gateway, protocol } = facts
  const certificates = (
    name: string,
    list: readonly { readonly pem: string; readonly chainPem: readonly string[] }[],
  ): readonly KitFile[] =>
    list.map(({ pem, chainPem }, index) => ({
      path: `gateway/${name}${index === 0 ? '' : `-${index + 1}`}.pem`,
      text: [pem, ...chainPem].join(''),
    }))
  const ofProtocol = {
    sftp: () => [
      {
        path: 'known_hosts',
        text: gateway.sftp.hostKeys
          .flatMap(({ knownHosts }) => (knownHosts === null ? [] : [`${knownHosts}\n`]))
          .join(''),
      },
      ...gateway.sftp.hostKeys.map(({ kind, publicKey }, index) => ({
        path: `gateway/${kind}${isFirstOfKind(facts, index) ? '' : `-${index + 1}`}.pub`,
        text: `${publicKey}\n`,
      })),
    ],
    as2: () => certificates('as2', gateway.as2.certificates),
    pesit: () => [
      ...certificates('pesit-server', gateway.pesit.server),
      ...certificates('pesit-client', gateway.pesit.client),
    ],
  }
  return [
    ...ofProtocol[protocol](),
    ...certificates('api', gateway.api.certificates),
    { path: 'gateway/gateway-root.pem', text: gateway.authority.rootPem },
    { path: 'gateway/gateway-intermediate.pem', text: gateway.authority.intermediatePem },
  ]
}

function isFirstOfKind({ gateway }: KitFacts, index: number): boolean {
  const { hostKeys } = gateway.sftp
  return hostKeys.findIndex(({ kind }) => kind === hostKeys[index]?.kind) === index
}

/** Modes of a zip made on Unix: a file anybody may read. */
const UNIX = 3
const MODE_IN_ZIP = 0o100644 << 16

async function zip(files: readonly KitFile[], madeAt: number): Promise<Uint8Array<ArrayBuffer>> {
  const { strToU8, zipSync } = await import('fflate')
  const entries = files.map(({ path, text }) => [path, strToU8(text)] as const)
  return zipSync(Object.fromEntries(entries), {
    mtime: madeAt,
    os: UNIX,
    attrs: MODE_IN_ZIP,
  })
}
