/** How an evidence page looks, on a screen and on paper; everything is in the page itself. */
export const EVIDENCE_STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
h1{margin-bottom:.2rem}h2{margin-top:2rem;border-bottom:2px solid #c6ccd6}section.run{margin-top:3rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #c6ccd6;padding:.35rem .6rem;text-align:left;vertical-align:top;overflow-wrap:anywhere}
th{background:#eef1f6}thead th{overflow-wrap:normal}td>span{white-space:nowrap}th[scope=row]{width:14rem}code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap;background:#f6f7f9;padding:.6rem;max-height:30rem;overflow:auto}
.PASSED{color:#0b6b3a}.FAILED{color:#a3142a}.NOT_CONCLUSIVE,.RUNNING,.NOT_RUN{color:#7a4b00}.note{color:#4a5568}
.now{border:2px solid #7a4b00;padding:.5rem 1rem}.verdict{font-size:1.3rem}.attached{max-width:100%;max-height:40rem}
.sign td{height:4.5rem;width:50%}@media print{body{margin:0;max-width:none;font-size:10pt}pre{max-height:none;font-size:8pt}
section.run{break-before:page}h2,h3{break-after:avoid}tr,.signatures,.attached{break-inside:avoid}thead{display:table-header-group}.screen{display:none}a{color:inherit;text-decoration:none}}
@page{size:A4;margin:15mm 14mm}`
