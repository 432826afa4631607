import { kitTitle, type KitProduct } from '../kit-product.ts'
import { as2Names } from './as2-names.ts'

/** Numbers of mendelson AS2's own tables: SHA-256, AES-256/CBC, no compression. */
const SIGN_SHA256 = 5
const ENCRYPT_AES256_CBC = 10
const NO_COMPRESSION = 1
const BINARY = 1

/** mendelson AS2: partners as its configuration export writes them. */
export const MENDELSON: KitProduct = {
  id: 'mendelson',
  name: 'mendelson AS2',
  protocols: ['as2'],
  basis: 'documentation',
  use: {
    en: 'Certificates (sign/crypt), Import: your key under the alias of your code, then gateway/as2.pem under that of the gateway; File, Import configuration: partners.xml. Keep the original file name when receiving.',
    fr: 'Certificats (signature/chiffrement), Importer : votre clé sous l’alias de votre code, puis gateway/as2.pem sous celui de la passerelle ; Fichier, Importer la configuration : partners.xml. Conservez le nom de fichier d’origine à la réception.',
  },
  files(facts) {
    const { own, gateway, url, ownUrl, email } = as2Names(facts)
    const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', '')}]]>`
    const partner = (code: string, where: string, isLocal: boolean): readonly string[] => [
      '\t<partner>',
      `\t\t<name>${cdata(code)}</name>`,
      `\t\t<as2ident>${cdata(code)}</as2ident>`,
      `\t\t<comment>${cdata(kitTitle(facts))}</comment>`,
      `\t\t<contenttype>${cdata('application/octet-stream')}</contenttype>`,
      `\t\t<cryptalias>${cdata(code.toLowerCase())}</cryptalias>`,
      `\t\t<signalias>${cdata(code.toLowerCase())}</signalias>`,
      `\t\t<email>${cdata(email)}</email>`,
      `\t\t<subject>${cdata('AS2 message')}</subject>`,
      `\t\t<url>${cdata(where)}</url>`,
      `\t\t<mdnurl>${cdata(where)}</mdnurl>`,
      `\t\t<compression>${NO_COMPRESSION}</compression>`,
      `\t\t<transferencoding>${BINARY}</transferencoding>`,
      `\t\t<encryptiontype>${ENCRYPT_AES256_CBC}</encryptiontype>`,
      `\t\t<signtype>${SIGN_SHA256}</signtype>`,
      '\t\t<keepfilename>true</keepfilename>',
      `\t\t<localstation>${isLocal}</localstation>`,
      '\t\t<signedmdn>true</signedmdn>',
      '\t\t<syncmdn>true</syncmdn>',
      '\t</partner>',
    ]
    const lines = [
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<configuration>',
      ...partner(own, ownUrl, true),
      ...partner(gateway, url, false),
      '</configuration>',
    ]
    return [{ path: 'mendelson/partners.xml', text: `${lines.join('\n')}\n` }]
  },
}
