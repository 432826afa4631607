import { kitTitle, xmlText, type KitProduct } from '../kit-product.ts'
import { as2Names } from './as2-names.ts'

/** OpenAS2: partners and partnerships (its sample `partnerships.xml`, version 3). */
export const OPENAS2: KitProduct = {
  id: 'openas2',
  name: 'OpenAS2',
  protocols: ['as2'],
  basis: 'documentation',
  use: {
    en: 'Put your key into its key store under the alias of your code, import gateway/as2.pem under the alias of the gateway, then copy the four elements into partnerships.xml. Set sendfilename="true" on the directory poller: the name of the file is the name of the flow.',
    fr: 'Mettez votre clé dans son magasin sous l’alias de votre code, importez gateway/as2.pem sous l’alias de la passerelle, puis recopiez les quatre éléments dans partnerships.xml. Mettez sendfilename="true" sur la scrutation du dossier : le nom du fichier est le nom du flux.',
  },
  files(facts) {
    const { own, gateway, url, ownUrl, email } = as2Names(facts)
    const attribute = (name: string, value: string): string =>
      `    <attribute name="${name}" value="${xmlText(value)}"/>`
    const partner = (code: string): string =>
      `  <partner name="${xmlText(code)}" as2_id="${xmlText(code)}" x509_alias="${xmlText(code.toLowerCase())}" email="${xmlText(email)}"/>`
    const partnership = (from: string, to: string, where: string): readonly string[] => [
      `  <partnership name="${xmlText(`${from}-to-${to}`)}">`,
      `    <sender name="${xmlText(from)}"/>`,
      `    <receiver name="${xmlText(to)}"/>`,
      attribute('protocol', 'as2'),
      attribute('content_transfer_encoding', 'binary'),
      attribute('subject', '$attributes.filename$'),
      attribute('as2_url', where),
      attribute('as2_mdn_to', email),
      attribute(
        'as2_mdn_options',
        'signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, sha-256',
      ),
      attribute('encrypt', 'AES256'),
      attribute('sign', 'SHA256'),
      attribute('resend_max_retries', '3'),
      '  </partnership>',
    ]
    const lines = [
      `<!-- ${kitTitle(facts)}. No as2_receipt_option: MDNs are synchronous. -->`,
      '<partnerships>',
      partner(own),
      partner(gateway),
      ...partnership(own, gateway, url),
      ...partnership(gateway, own, ownUrl),
      '</partnerships>',
    ]
    return [{ path: 'openas2/partnerships.xml', text: `${lines.join('\n')}\n` }]
  },
}
