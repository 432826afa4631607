import { isReportCode, issuedName, recommendedName } from '../../../config/flow-name.ts'
import { findInterfaceCode } from '../../../config/interface-codes.ts'
import type { BilingualText, ProcessingMode, ProtocolName } from '../../flow.ts'
import type { GatewayAddress, GatewayDocument } from '../../gateway-document.ts'
import type { ConnectionDocument } from '../connection-forms.ts'
import type { ConnectionForm } from '../form.ts'

/** What of the gateway's settings a partner has to know. */
export interface KitSettings {
  readonly algorithms: 'modern' | 'compatible' | 'platform'
  readonly depositFolder: string
  readonly retrievalFolder: string
}

/** Everything the files of a kit are filled in with: public facts only. */
export interface KitFacts {
  readonly language: 'en' | 'fr'
  readonly connection: ConnectionDocument
  readonly protocol: ProtocolName
  readonly applicationCode: string
  /** In force, else as it is being filled in. */
  readonly form: ConnectionForm
  readonly gateway: GatewayDocument
  /** Where this protocol is, or will be once it listens. */
  readonly address: GatewayAddress
  readonly isListening: boolean
  /** AS2 identifier and PeSIT server name. */
  readonly gatewayCode: string
  readonly settings: KitSettings
  /** Subscribed codes, in the catalogue's order of the form. */
  readonly codes: readonly KitCode[]
  /** A name a flow may have, unused as a rule. */
  readonly exampleName: string
  /** Where the partner's own key is expected, from the folder of the kit. */
  readonly keyFile: string
}

export interface KitCode {
  readonly code: string
  readonly mode: ProcessingMode
  readonly title: BilingualText
  readonly direction: 'in' | 'out'
  /** Of an incoming code: a name in the grammar. */
  readonly exampleName: string | null
}

/** Where a protocol is reached while it does not listen here. [simulated] */
const USUAL_PORTS: Readonly<Record<ProtocolName, number>> = { sftp: 2222, as2: 8081, pesit: 5001 }
/** Of the examples: far from where a counter starts. */
const EXAMPLE_SEQUENCE = 900_001
const FALLBACK_CODE = 'FSO1110A'

/** Of a connection and what the gateway publishes now. */
export function kitFacts(
  connection: ConnectionDocument,
  gateway: GatewayDocument,
  settings: KitSettings,
  language: 'en' | 'fr',
): KitFacts {
  const { protocol, applicationCode } = connection
  const form = connection.running ?? connection.form
  const address = gateway[protocol].address
  const usualHost = gateway.sftp.address?.host ?? '127.0.0.1'
  const codes = kitCodes(form, applicationCode)
  return {
    language,
    connection,
    protocol,
    applicationCode,
    form,
    gateway,
    address: address ?? { host: usualHost, port: USUAL_PORTS[protocol] },
    isListening: address !== null,
    gatewayCode: gateway.as2.identifier,
    settings,
    codes,
    exampleName:
      codes.find((row) => row.exampleName !== null)?.exampleName ??
      exampleName(FALLBACK_CODE, applicationCode),
    keyFile: protocol === 'as2' ? 'server.key' : 'client.key',
  }
}

function kitCodes(form: ConnectionForm, applicationCode: string): readonly KitCode[] {
  return Object.entries(form.codes ?? {}).flatMap(([code, mode]) => {
    const row = findInterfaceCode(code)
    if (row === undefined || mode === 'NONE') return []
    const { title, direction } = row
    return [
      {
        code,
        mode,
        title,
        direction,
        exampleName: direction === 'in' ? exampleName(code, applicationCode) : null,
      },
    ]
  })
}

function exampleName(code: string, applicationCode: string): string {
  // Named after a flow of ours.
  if (isReportCode(code)) return `${issuedName(code, applicationCode, EXAMPLE_SEQUENCE)}.xml`
  return recommendedName(code, applicationCode, EXAMPLE_SEQUENCE, 'xml')
}
