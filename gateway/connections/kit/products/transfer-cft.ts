import { kitTitle, type KitProduct } from '../kit-product.ts'
import type { KitFacts } from '../kit-facts.ts'
import { pesitNames } from './pesit-names.ts'

/** Transfer CFT: objects for CFTUTIL, and how keys come into its PKI base (Axway's user guide). */
export const TRANSFER_CFT: KitProduct = {
  id: 'transfer-cft',
  name: 'Transfer CFT',
  protocols: ['pesit'],
  basis: 'documentation',
  use: {
    en: 'Run import-keys.txt line by line (your PKI password in place of PKI-PASSWORD), then CFTUTIL @transfer-cft/objects.cft. NET0 is your network object. The name of the flow travels as NFNAME (PI 37), the interface code as IDF (PI 12).',
    fr: 'Lancez import-keys.txt ligne à ligne (votre mot de passe PKI à la place de PKI-PASSWORD), puis CFTUTIL @transfer-cft/objects.cft. NET0 est votre objet réseau. Le nom du flux voyage dans NFNAME (PI 37), le code interface dans IDF (PI 12).',
  },
  files(facts) {
    return [
      { path: 'transfer-cft/import-keys.txt', text: `${keyLines(facts).join('\n')}\n` },
      { path: 'transfer-cft/objects.cft', text: `${objectLines(facts).join('\n')}\n` },
    ]
  },
}

function keyLines({ applicationCode: code }: KitFacts): readonly string[] {
  const own = (id: string, part: string): string =>
    `PKIUTIL PKICER id='${id}', itype='USER', rootcid='RACINT', iname='${part}.pem', iform='PEM', ikname='${part}.key', ikform='PEM', pkipassw='PKI-PASSWORD', mode='REPLACE'`
  return [
    "PKIUTIL PKICER id='RACROOT', itype='ROOT', rootcid='RACROOT', iname='gateway/gateway-root.pem', iform='PEM', mode='REPLACE'",
    "PKIUTIL PKICER id='RACINT', itype='INTER', rootcid='RACROOT', iname='gateway/gateway-intermediate.pem', iform='PEM', mode='REPLACE'",
    own(`${code}C`, 'client'),
    own(`${code}S`, 'server'),
  ]
}

function objectLines(facts: KitFacts): readonly string[] {
  const { applicationCode: code, address, codes } = facts
  const { own, gateway, ownPort } = pesitNames(facts)
  const quoted = (values: Readonly<Record<string, string | number>>): string =>
    Object.entries(values)
      .map(([name, value]) => `${name} = '${value}'`)
      .join(', ')
  const object = (name: string, values: Readonly<Record<string, string | number>>): string =>
    `${name} ${quoted({ ...values, MODE: 'REPLACE' })}`
  return [
    `/* ${kitTitle(facts)} */`,
    object('CFTSSL', {
      ID: 'RACCLI',
      DIRECT: 'CLIENT',
      VERIFY: 'REQUIRED',
      ROOTCID: 'RACROOT',
      USERCID: `${code}C`,
    }),
    object('CFTSSL', {
      ID: 'RACSRV',
      DIRECT: 'SERVER',
      VERIFY: 'REQUIRED',
      ROOTCID: 'RACROOT',
      USERCID: `${code}S`,
    }),
    object('CFTPROT', {
      ID: 'RACPESIT',
      TYPE: 'PESIT',
      PROF: 'ANY',
      NET: 'NET0',
      SAP: ownPort,
      SSL: 'RACSRV',
      RESTART: 5,
      SPACING: 64,
      RCHKW: 2,
      SCHKW: 2,
    }),
    object('CFTPART', {
      ID: gateway,
      PROT: 'RACPESIT',
      SAP: address.port,
      SSL: 'RACCLI',
      NSPART: own,
      NRPART: gateway,
    }),
    object('CFTTCP', { ID: gateway, HOST: address.host, CNXIN: 4, CNXOUT: 4, CNXINOUT: 8 }),
    ...codes
      .filter((row) => row.direction === 'in')
      .map(({ code: id }) => object('CFTSEND', { ID: id, FCODE: 'BINARY', FTYPE: 'B' })),
    object('CFTRECV', {
      ID: `RET${code}`,
      FNAME: 'retrait/&NFNAME',
      FCODE: 'BINARY',
      FACTION: 'ERASE',
    }),
    `/* CFTUTIL SEND ${quoted({ PART: gateway, IDF: facts.exampleName.slice(0, 8), FNAME: facts.exampleName, NFNAME: facts.exampleName })} */`,
  ]
}
