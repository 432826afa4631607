import { kitTitle, type KitProduct } from '../kit-product.ts'
import { pesitNames } from './pesit-names.ts'

/** Connect:Express for UNIX: what its screens ask for, by field, and the request to type. */
export const CONNECT_EXPRESS: KitProduct = {
  id: 'connect-express',
  name: 'Connect:Express',
  protocols: ['pesit'],
  basis: 'documentation',
  use: {
    en: 'Import gateway/gateway-root.pem as CA and your certificates under the SSL parameters named here, then fill in the partner and file screens of sterm with definitions.txt.',
    fr: 'Importez gateway/gateway-root.pem comme autorité et vos certificats sous les paramètres SSL nommés ici, puis remplissez les écrans partenaire et fichier de sterm avec definitions.txt.',
  },
  files(facts) {
    const { address, codes, applicationCode, exampleName } = facts
    const { own, gateway } = pesitNames(facts)
    const line = (name: string, value: string | number): string => `  ${name.padEnd(22)} ${value}`
    const lines = [
      `# ${kitTitle(facts)}`,
      '[partner]',
      line('symbolic name', gateway),
      line('state', 'E'),
      line('nature', 'S (SSL)'),
      line('protocol', '3 (PeSIT E)'),
      line('session table', '1'),
      line('link type', 'M (mixed)'),
      line('TCP/IP host', address.host),
      line('TCP/IP port', String(address.port).padStart(5, '0')),
      line('DPCSID (its name)', gateway),
      line('DPCSID alias (yours)', own),
      line('SSL parameter, client', `${applicationCode}C`),
      line('SSL parameter, server', `${applicationCode}S`),
      ...codes
        .filter((row) => row.direction === 'in')
        .flatMap(({ code }) => [
          '[file]',
          line('symbolic name', code),
          line('direction', 'T (transmit)'),
          line('receiver', gateway),
          line('record format', 'BV'),
          line('record length', '04096'),
        ]),
      '[request]',
      `  $p1b8preq /SFN=${exampleName.slice(0, 8)}/SPN=${gateway}/DIR=T/DSN=${exampleName}`,
    ]
    return [{ path: 'connect-express/definitions.txt', text: `${lines.join('\n')}\n` }]
  },
}
