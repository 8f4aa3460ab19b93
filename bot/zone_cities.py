"""Cities that the time zone database does not name, and what people call zones: our own short list. Pure.

One line a zone: its name, then cities with latitude and longitude in degrees, names of the same city after a slash.
They stand here to be typed, and so that a place near a border falls on its own side of it.
"""

from __future__ import annotations

from collections.abc import Mapping

CITIES = """
Asia/Karachi; Lahore 31.55 74.34; Islamabad 33.69 73.06; Rawalpindi 33.60 73.05; Faisalabad 31.42 73.08
Asia/Karachi; Peshawar 34.02 71.58; Quetta 30.18 67.00; Multan 30.20 71.47; Hyderabad Sindh 25.39 68.37
Asia/Karachi; Sialkot 32.49 74.53; Gwadar 25.12 62.33; Gilgit 35.92 74.31; Chitral 35.85 71.79; Dalbandin 28.89 64.41
Asia/Karachi; Sukkur 27.71 68.86; Bahawalpur 29.40 71.68; Gujranwala 32.16 74.19; Zhob 31.34 69.45
Asia/Kabul; Kandahar 31.61 65.71; Herat 34.35 62.20; Mazar-i-Sharif 36.71 67.11; Jalalabad 34.43 70.45
Asia/Tehran; Mashhad 36.30 59.61; Isfahan 32.65 51.67; Shiraz 29.59 52.58; Tabriz 38.08 46.29; Zahedan 29.50 60.86
Asia/Tehran; Ahvaz 31.32 48.67; Bandar Abbas 27.18 56.27; Kerman 30.28 57.08; Chabahar 25.29 60.64
Asia/Kolkata; Delhi/New Delhi 28.64 77.22; Mumbai/Bombay 19.08 72.88; Bengaluru/Bangalore 12.97 77.59
Asia/Kolkata; Chennai/Madras 13.08 80.27; Hyderabad 17.38 78.49; Pune 18.52 73.86; Ahmedabad 23.02 72.57
Asia/Kolkata; Jaipur 26.91 75.79; Lucknow 26.85 80.95; Amritsar 31.63 74.87; Jammu 32.73 74.87; Srinagar 34.08 74.80
Asia/Kolkata; Patna 25.59 85.14; Guwahati 26.14 91.74; Nagpur 21.15 79.09; Kochi 9.93 76.27; Jaisalmer 26.92 70.91
Asia/Kolkata; Imphal 24.82 93.94; Agartala 23.83 91.29; Leh 34.15 77.58; Siliguri 26.73 88.40; Indore 22.72 75.86
Asia/Kolkata; Gorakhpur 26.76 83.37; Dehradun 30.32 78.03; Bhuj 23.24 69.67; Visakhapatnam 17.69 83.22
Asia/Dhaka; Chittagong/Chattogram 22.34 91.83; Khulna 22.82 89.55; Sylhet 24.90 91.87; Rajshahi 24.37 88.60
Asia/Kathmandu; Pokhara 28.21 83.99; Biratnagar 26.45 87.27; Nepalgunj 28.05 81.62
Asia/Colombo; Kandy 7.29 80.63; Jaffna 9.66 80.01
Asia/Yangon; Mandalay 21.96 96.09; Naypyidaw 19.76 96.08; Myitkyina 25.38 97.40; Sittwe 20.15 92.90
Asia/Dubai; Abu Dhabi 24.45 54.38; Sharjah 25.35 55.42; Al Ain 24.21 55.74
Asia/Muscat; Salalah 17.02 54.09; Sohar 24.36 56.75
Asia/Riyadh; Jeddah 21.49 39.19; Mecca/Makkah 21.42 39.83; Medina/Madinah 24.47 39.61; Dammam 26.43 50.10
Asia/Riyadh; Tabuk 28.38 36.57; Abha 18.22 42.50; Hail 27.52 41.69
Asia/Aden; Sanaa 15.35 44.21; Mukalla 14.54 49.13
Asia/Qatar; Doha 25.29 51.53
Asia/Baghdad; Basra 30.51 47.78; Mosul 36.34 43.13; Erbil 36.19 44.01; Najaf 32.03 44.35
Asia/Damascus; Aleppo 36.20 37.13; Homs 34.73 36.71; Deir ez-Zor 35.34 40.14
Asia/Jerusalem; Tel Aviv 32.08 34.78; Haifa 32.79 34.99; Eilat 29.56 34.95
Europe/Istanbul; Ankara 39.93 32.86; Izmir 38.42 27.14; Antalya 36.90 30.71; Adana 37.00 35.32; Gaziantep 37.07 37.38
Europe/Istanbul; Trabzon 41.00 39.72; Erzurum 39.90 41.27; Van 38.50 43.38; Diyarbakir 37.91 40.24; Edirne 41.68 26.56
Asia/Tbilisi; Batumi 41.65 41.64
Asia/Almaty; Astana/Nur-Sultan 51.17 71.43; Shymkent 42.32 69.59; Karaganda 49.80 73.10; Oskemen 49.95 82.61
Asia/Tashkent; Fergana 40.39 71.78; Namangan 41.00 71.67; Andijan 40.78 72.34
Asia/Samarkand; Bukhara 39.77 64.42; Nukus 42.46 59.61; Termez 37.22 67.28
Asia/Bishkek; Osh 40.53 72.80
Asia/Dushanbe; Khujand 40.28 69.62; Khorog 37.49 71.55
Asia/Ashgabat; Mary 37.59 61.83; Turkmenabat 39.07 63.58
Asia/Shanghai; Beijing/Peking 39.90 116.41; Guangzhou/Canton 23.13 113.26; Shenzhen 22.54 114.06; Chengdu 30.57 104.07
Asia/Shanghai; Chongqing 29.56 106.55; Wuhan 30.59 114.31; Tianjin 39.13 117.20; Xi'an/Xian 34.34 108.94
Asia/Shanghai; Nanjing 32.06 118.80; Hangzhou 30.27 120.16; Harbin 45.80 126.53; Shenyang 41.81 123.43
Asia/Shanghai; Kunming 24.88 102.83; Ganzhou 25.83 114.93; Baotou 40.66 109.84; Lanzhou 36.06 103.83
Asia/Shanghai; Xining 36.62 101.78; Nanning 22.82 108.32; Dalian 38.91 121.60; Qingdao 36.07 120.38
Asia/Shanghai; Xiamen 24.48 118.09; Lhasa 29.65 91.14; Hohhot 40.84 111.75; Haikou 20.04 110.20; Zhuhai 22.27 113.58
Asia/Shanghai; Dandong 40.13 124.39; Yanji 42.89 129.51
Asia/Hong_Kong; Kowloon 22.32 114.17
Asia/Taipei; Hsinchu 24.80 120.97; Kaohsiung 22.63 120.30; Taichung 24.15 120.67; Tainan 22.99 120.21
Asia/Tokyo; Osaka 34.69 135.50; Nagoya 35.18 136.91; Sapporo 43.06 141.35; Fukuoka 33.59 130.40; Kyoto 35.01 135.77
Asia/Tokyo; Kumamoto 32.80 130.71; Naha 26.21 127.68; Sendai 38.27 140.87; Hiroshima 34.39 132.46
Asia/Tokyo; Wakkanai 45.42 141.67
Asia/Seoul; Busan/Pusan 35.18 129.08; Incheon 37.46 126.71; Daegu 35.87 128.60; Jeju 33.50 126.53
Asia/Ulaanbaatar; Darkhan 49.49 105.92; Dalanzadgad 43.57 104.43
Asia/Bangkok; Chiang Mai 18.79 98.99; Phuket 7.88 98.39; Khon Kaen 16.43 102.83; Hat Yai 7.01 100.47
Asia/Bangkok; Udon Thani 17.41 102.79
Asia/Ho_Chi_Minh; Hanoi 21.03 105.85; Da Nang 16.05 108.20; Haiphong 20.86 106.68; Vinh 18.68 105.69
Asia/Ho_Chi_Minh; Can Tho 10.05 105.75
Asia/Phnom_Penh; Siem Reap 13.36 103.86
Asia/Vientiane; Luang Prabang 19.89 102.13; Pakse 15.12 105.80
Asia/Kuala_Lumpur; Penang/George Town 5.41 100.33; Johor Bahru 1.49 103.74; Kota Bharu 6.13 102.24
Asia/Kuching; Kota Kinabalu 5.98 116.07; Miri 4.41 114.01
Asia/Jakarta; Surabaya -7.26 112.75; Bandung -6.92 107.61; Medan 3.60 98.67; Palembang -2.98 104.76; Batam 1.13 104.05
Asia/Jakarta; Padang -0.95 100.35; Yogyakarta -7.80 110.36; Banda Aceh 5.55 95.32
Asia/Makassar; Denpasar/Bali -8.65 115.22; Manado 1.49 124.84; Balikpapan -1.27 116.83; Kendari -3.97 122.51
Asia/Makassar; Kupang -10.18 123.61
Asia/Jayapura; Ambon -3.70 128.18; Sorong -0.88 131.26
Asia/Manila; Cebu 10.32 123.89; Davao 7.07 125.61; Quezon City 14.68 121.04; Zamboanga 6.92 122.08
Europe/Berlin; Munich/Muenchen/München 48.14 11.58; Hamburg 53.55 9.99; Frankfurt 50.11 8.68
Europe/Berlin; Cologne/Köln/Koeln 50.94 6.96; Stuttgart 48.78 9.18; Leipzig 51.34 12.37; Dresden 51.05 13.74
Europe/Berlin; Hanover 52.37 9.73; Freiburg 48.00 7.85
Europe/Paris; Lyon 45.76 4.84; Marseille 43.30 5.37; Toulouse 43.60 1.44; Bordeaux 44.84 -0.58; Lille 50.63 3.07
Europe/Paris; Nantes 47.22 -1.55; Strasbourg 48.57 7.75; Nice 43.71 7.26; Grenoble 45.19 5.72; Brest 48.39 -4.49
Europe/London; Manchester 53.48 -2.24; Birmingham 52.48 -1.90; Edinburgh 55.95 -3.19; Glasgow 55.86 -4.25
Europe/London; Leeds 53.80 -1.55; Bristol 51.45 -2.59; Cardiff 51.48 -3.18; Belfast 54.60 -5.93; Aberdeen 57.15 -2.09
Europe/London; Plymouth 50.38 -4.14; Inverness 57.48 -4.22; Derry 55.00 -7.32
Europe/Dublin; Cork 51.90 -8.47; Galway 53.27 -9.06; Sligo 54.28 -8.48
Europe/Madrid; Barcelona 41.39 2.17; Valencia 39.47 -0.38; Seville/Sevilla 37.39 -5.98; Bilbao 43.26 -2.93
Europe/Madrid; Malaga 36.72 -4.42; Vigo 42.24 -8.72; Badajoz 38.88 -6.97; Zaragoza 41.65 -0.89
Europe/Madrid; A Coruña/La Coruna 43.36 -8.41
Europe/Lisbon; Porto 41.15 -8.61; Faro 37.02 -7.93; Evora 38.57 -7.91; Braganca 41.81 -6.76
Europe/Rome; Milan/Milano 45.46 9.19; Naples/Napoli 40.85 14.27; Turin/Torino 45.07 7.69; Venice/Venezia 45.44 12.32
Europe/Rome; Bari 41.12 16.87; Palermo 38.12 13.36; Trieste 45.65 13.78; Cagliari 39.22 9.12; Catania 37.50 15.09
Europe/Rome; Bolzano 46.50 11.35
Europe/Zurich; Geneva/Genève/Geneve 46.20 6.14; Basel 47.56 7.59; Bern 46.95 7.45; Lausanne 46.52 6.63
Europe/Zurich; Lugano 46.01 8.96
Europe/Vienna; Salzburg 47.81 13.06; Graz 47.07 15.44; Innsbruck 47.27 11.39; Linz 48.31 14.29
Europe/Amsterdam; Rotterdam 51.92 4.48; The Hague/Den Haag 52.08 4.31; Eindhoven/Veldhoven 51.44 5.47
Europe/Amsterdam; Groningen 53.22 6.57
Europe/Brussels; Antwerp 51.22 4.40; Ghent 51.05 3.72; Liege 50.63 5.57
Europe/Warsaw; Krakow/Kraków/Cracow 50.06 19.94; Gdansk 54.35 18.65; Wroclaw 51.11 17.04; Poznan 52.41 16.93
Europe/Warsaw; Lublin 51.25 22.57; Bialystok 53.13 23.16; Rzeszow 50.04 22.00; Szczecin 53.43 14.55
Europe/Prague; Brno 49.20 16.61; Ostrava 49.82 18.26
Europe/Stockholm; Gothenburg 57.71 11.97; Malmo/Malmö 55.60 13.00; Kiruna 67.86 20.23; Umea 63.83 20.26
Europe/Oslo; Bergen 60.39 5.32; Trondheim 63.43 10.40; Tromso 69.65 18.96; Kirkenes 69.73 30.05
Europe/Helsinki; Tampere 61.50 23.76; Oulu 65.01 25.47; Rovaniemi 66.50 25.73; Joensuu 62.60 29.76
Europe/Copenhagen; Aarhus 56.16 10.20; Odense 55.40 10.39
Europe/Athens; Thessaloniki 40.64 22.94; Heraklion 35.34 25.14; Alexandroupoli 40.85 25.87; Rhodes 36.43 28.22
Europe/Bucharest; Cluj 46.77 23.59; Timisoara 45.75 21.23; Iasi 47.16 27.59; Constanta 44.16 28.63
Europe/Sofia; Plovdiv 42.14 24.75; Varna 43.21 27.92
Europe/Kyiv; Kiev 50.45 30.52; Lviv 49.84 24.03; Odesa/Odessa 46.48 30.73; Kharkiv 49.99 36.23; Dnipro 48.46 35.05
Europe/Kyiv; Uzhhorod 48.62 22.29
Europe/Minsk; Brest Belarus 52.10 23.73; Gomel 52.43 31.00; Vitebsk 55.19 30.20
Europe/Moscow; Saint Petersburg/St Petersburg/St. Petersburg 59.94 30.31; Kazan 55.79 49.12; Rostov 47.24 39.71
Europe/Moscow; Nizhny Novgorod 56.33 44.00; Sochi 43.60 39.73; Murmansk 68.97 33.07; Voronezh 51.67 39.18
Europe/Moscow; Makhachkala 42.98 47.50
Asia/Yekaterinburg; Perm 58.01 56.25; Ufa 54.74 55.97; Chelyabinsk 55.16 61.40; Tyumen 57.15 65.53
Asia/Yekaterinburg; Salekhard 66.53 66.61
Asia/Krasnoyarsk; Norilsk 69.35 88.20; Kemerovo 55.35 86.09
Asia/Vladivostok; Khabarovsk 48.48 135.08
Africa/Cairo; Alexandria 31.20 29.92; Aswan 24.09 32.90; Luxor 25.69 32.64
Africa/Lagos; Abuja 9.06 7.49; Kano 12.00 8.52; Ibadan 7.38 3.95; Port Harcourt 4.82 7.03; Maiduguri 11.85 13.16
Africa/Johannesburg; Cape Town -33.93 18.42; Durban -29.86 31.02; Pretoria -25.75 28.19
Africa/Johannesburg; Port Elizabeth/Gqeberha -33.96 25.60
Africa/Nairobi; Mombasa -4.04 39.67; Kisumu -0.09 34.77; Eldoret 0.51 35.27
Africa/Casablanca; Rabat 34.02 -6.84; Marrakesh 31.63 -7.98; Tangier 35.76 -5.83; Fez 34.03 -5.00; Oujda 34.68 -1.91
Africa/Accra; Kumasi 6.69 -1.62; Tamale 9.40 -0.84
Africa/Algiers; Oran 35.70 -0.63; Constantine 36.37 6.61; Tamanrasset 22.79 5.52
Africa/Lubumbashi; Kolwezi -10.71 25.47; Goma -1.66 29.22; Kisangani 0.52 25.19; Bukavu -2.51 28.86
Africa/Lusaka; Kitwe -12.82 28.21; Livingstone -17.85 25.85
Africa/Dar_es_Salaam; Arusha -3.39 36.68; Mwanza -2.52 32.90; Dodoma -6.16 35.75
Africa/Addis_Ababa; Mekelle 13.50 39.47; Dire Dawa 9.60 41.87
Africa/Douala; Yaounde 3.87 11.52; Garoua 9.30 13.40
Africa/Khartoum; Port Sudan 19.62 37.22
Africa/Tripoli; Benghazi 32.12 20.09
America/New_York; Washington/Washington DC 38.91 -77.04; Boston 42.36 -71.06; Philadelphia 39.95 -75.17
America/New_York; Miami 25.76 -80.19; Atlanta 33.75 -84.39; Charlotte 35.23 -80.84; Pittsburgh 40.44 -80.00
America/New_York; Cleveland 41.50 -81.69; NYC 40.71 -74.01; Buffalo 42.89 -78.88; Columbus 39.96 -83.00
America/New_York; Cincinnati 39.10 -84.51; Orlando 28.54 -81.38; Tampa 27.95 -82.46; Raleigh 35.78 -78.64
America/New_York; Baltimore 39.29 -76.61; Albany 42.65 -73.76; Knoxville 35.96 -83.92; Savannah 32.08 -81.09
America/Chicago; Houston 29.76 -95.37; Dallas 32.78 -96.80; Austin 30.27 -97.74; San Antonio 29.42 -98.49
America/Chicago; Minneapolis 44.98 -93.27; St. Louis/St Louis/Saint Louis 38.63 -90.20; New Orleans 29.95 -90.07
America/Chicago; Nashville 36.16 -86.78; Memphis 35.15 -90.05; Kansas City 39.10 -94.58; Milwaukee 43.04 -87.91
America/Chicago; Oklahoma City 35.47 -97.52; Omaha 41.26 -95.93; Mobile 30.69 -88.04; Lubbock 33.58 -101.86
America/Chicago; Laredo 27.51 -99.51; Tulsa 36.15 -95.99; Fargo 46.88 -96.79; Des Moines 41.59 -93.62
America/Denver; Salt Lake City 40.76 -111.89; Albuquerque 35.08 -106.65; El Paso 31.76 -106.49; Billings 45.78 -108.50
America/Denver; Cheyenne 41.14 -104.82
America/Phoenix; Tucson 32.22 -110.97; Flagstaff 35.20 -111.65; Yuma 32.69 -114.62
America/Los_Angeles; San Francisco/SF 37.77 -122.42; San Jose 37.34 -121.89; Seattle 47.61 -122.33
America/Los_Angeles; San Diego 32.72 -117.16; Las Vegas 36.17 -115.14; Portland 45.52 -122.68; Sacramento 38.58 -121.49
America/Los_Angeles; Reno 39.53 -119.81; LA 34.05 -118.24; Mountain Pass 35.47 -115.53; Spokane 47.66 -117.43
America/Los_Angeles; Fresno 36.74 -119.79
America/Anchorage; Fairbanks 64.84 -147.72
America/Toronto; Ottawa 45.42 -75.70; Montreal/Montréal 45.50 -73.57; Quebec/Québec 46.81 -71.21
America/Toronto; Thunder Bay 48.38 -89.25
America/Edmonton; Calgary 51.05 -114.07; Yellowknife 62.45 -114.37
America/Regina; Saskatoon 52.13 -106.67
America/Vancouver; Victoria 48.43 -123.37; Kelowna 49.89 -119.50; Prince George 53.92 -122.75
America/Mexico_City; Guadalajara 20.67 -103.35; Puebla 19.04 -98.21; Leon 21.12 -101.68; Veracruz 19.17 -96.13
America/Mexico_City; Oaxaca 17.07 -96.73; Acapulco 16.86 -99.88; Tuxtla 16.75 -93.12; San Luis Potosi 22.16 -100.99
America/Sao_Paulo; Rio de Janeiro/Rio -22.91 -43.17; Brasilia/Brasília -15.79 -47.88; Belo Horizonte -19.92 -43.94
America/Sao_Paulo; Curitiba -25.43 -49.27; Porto Alegre -30.03 -51.23; São Paulo -23.55 -46.63; Goiania -16.69 -49.26
America/Sao_Paulo; Foz do Iguacu -25.55 -54.59
America/Bahia; Salvador -12.97 -38.50
America/Argentina/Buenos_Aires; Rosario -32.95 -60.65; La Plata -34.92 -57.95; Posadas -27.37 -55.90
America/Argentina/Buenos_Aires; Bahia Blanca -38.72 -62.27
America/Santiago; Valparaiso -33.05 -71.61; Antofagasta -23.65 -70.40; Concepcion -36.83 -73.05; Arica -18.48 -70.31
America/Santiago; Puerto Montt -41.47 -72.94
America/Bogota; Medellin/Medellín 6.25 -75.56; Cali 3.45 -76.53; Barranquilla 10.97 -74.80; Cucuta 7.89 -72.51
America/Bogota; Pasto 1.21 -77.28
America/Guayaquil; Quito -0.18 -78.47; Cuenca -2.90 -79.00
America/Lima; Arequipa -16.41 -71.54; Cusco -13.53 -71.97; Trujillo -8.11 -79.03; Iquitos -3.75 -73.25
America/Lima; Piura -5.19 -80.63; Tacna -18.01 -70.25
America/La_Paz; Santa Cruz -17.81 -63.16; Cochabamba -17.39 -66.16; Uyuni -20.46 -66.83
America/Caracas; Maracaibo 10.65 -71.61; Ciudad Guayana 8.35 -62.65
Australia/Sydney; Canberra -35.28 149.13; Newcastle -32.93 151.78; Wagga Wagga -35.12 147.37
Australia/Brisbane; Gold Coast -28.02 153.40; Cairns -16.92 145.77; Townsville -19.26 146.82; Mount Isa -20.73 139.50
Australia/Melbourne; Geelong -38.15 144.36; Mildura -34.19 142.16
Australia/Perth; Kalgoorlie -30.75 121.47; Broome -17.96 122.24; Karratha -20.74 116.85
Australia/Darwin; Alice Springs -23.70 133.88
Pacific/Auckland; Wellington -41.29 174.78; Christchurch -43.53 172.64; Dunedin -45.87 170.50
Pacific/Port_Moresby; Lae -6.73 146.99
"""

CALLED: Mapping[str, str] = {
    "utc": "UTC",
    "gmt": "UTC",
    "z": "UTC",
    "zulu": "UTC",
    "pkt": "Asia/Karachi",
    "ist": "Asia/Kolkata",
    "jst": "Asia/Tokyo",
    "kst": "Asia/Seoul",
    "hkt": "Asia/Hong_Kong",
    "sgt": "Asia/Singapore",
    "wib": "Asia/Jakarta",
    "msk": "Europe/Moscow",
    "bst": "Europe/London",
    "cet": "Europe/Berlin",
    "cest": "Europe/Berlin",
    "eet": "Europe/Helsinki",
    "et": "America/New_York",
    "est": "America/New_York",
    "edt": "America/New_York",
    "eastern": "America/New_York",
    "ct": "America/Chicago",
    "cdt": "America/Chicago",
    "central": "America/Chicago",
    "mt": "America/Denver",
    "mdt": "America/Denver",
    "mountain": "America/Denver",
    "pt": "America/Los_Angeles",
    "pst": "America/Los_Angeles",
    "pdt": "America/Los_Angeles",
    "pacific": "America/Los_Angeles",
    "aest": "Australia/Sydney",
    "china": "Asia/Shanghai",
    "uk": "Europe/London",
    "england": "Europe/London",
    "scotland": "Europe/London",
    "uae": "Asia/Dubai",
    "korea": "Asia/Seoul",
    "turkey": "Europe/Istanbul",
    "holland": "Europe/Amsterdam",
    "لاہور": "Asia/Karachi",
    "کراچی": "Asia/Karachi",
    "اسلام آباد": "Asia/Karachi",
    "پاکستان": "Asia/Karachi",
    "北京": "Asia/Shanghai",
    "上海": "Asia/Shanghai",
    "深圳": "Asia/Shanghai",
    "香港": "Asia/Hong_Kong",
    "台北": "Asia/Taipei",
    "东京": "Asia/Tokyo",
    "中国": "Asia/Shanghai",
}
"""Abbreviations by the clock that people mean by them, and names of countries and cities in other words and letters."""
