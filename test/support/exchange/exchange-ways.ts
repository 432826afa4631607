import { isInstalled } from '../programs.ts'
import type { ExchangeWay } from './exchange-way.ts'
import { joinOverAs2 } from './over-as2.ts'
import { joinOverPesit } from './over-pesit.ts'
import { joinOverSftp } from './over-sftp.ts'

const areHere = (...programs: readonly string[]): boolean =>
  programs.every(isInstalled) || process.env['CI'] === 'true'

export const EXCHANGE_WAYS: readonly ExchangeWay[] = [
  { name: 'SFTP, fetched', isHere: areHere('sftp'), join: joinOverSftp },
  { name: 'AS2, pushed', isHere: areHere('openssl', 'curl'), join: joinOverAs2 },
  { name: 'PeSIT, pushed', isHere: areHere('openssl'), join: joinOverPesit('send') },
  { name: 'PeSIT, fetched by READ', isHere: areHere('openssl'), join: joinOverPesit('fetch') },
]
