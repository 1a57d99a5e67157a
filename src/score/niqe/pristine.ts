/**
 * The reference of NIQE: means of the 36 features, then the lower triangle of their covariance row by row; little-endian
 * doubles in base64, bit for bit as published.
 *
 * From BasicSR 1.4.2, basicsr/metrics/niqe_pris_params.npz (arrays mu_pris_param and cov_pris_param; the window there is
 * the Gaussian that normalise-contrast.ts computes), Copyright 2018-2022 BasicSR Authors, Apache License 2.0, see LICENCE.txt
 * beside this file or http://www.apache.org/licenses/LICENSE-2.0. Changed in form only. BasicSR has them from the
 * NIQE release of the Laboratory for Image and Video Engineering, The University of Texas at Austin
 * (http://live.ece.utexas.edu/research/quality/niqe_release.zip).
 */
export const PRISTINE =
  'FjL3i33PBEAuVhxGhPvsP+XBfaJL/Ok/Ha+JcDQmtz9pT/F0/8HBP2A9YrJCX8o/OYr+1f406j/igOXC/PqvP6CXUfw4oMM/EdESX24TyT' +
  '8g+l5YdnLqP1nIIoOMI5q/tW1KtTUjyD/9yOb5JzjFP1XB7GaXYOo/fqua4TP4mb/cj4j+cvfHP+EgVK9lIMU/pjKcFYbBB0BX4HfMbMLu' +
  'P9Wl7hTjLes/IqyV1AwXtT/gNqw7L6bEPzNvvTZPysw/AyAMC3586z9a9egK/zOsP3LXTtF2cMY/Dzc9/tvKyz9aJHz7DujrP5im8MQ5f6' +
  'C/PS4p0SqVyz88cVweXBfIP+CXO4Yd0us/tXli/wiNoL9rJuHlwnzLP05K2opV6Mc/7slqBMkF3T9K42j7FJq4Pxf2dFpOAKM/Lu2Zzfgv' +
  'tT9xYf8n+RGWP7eBMUzRIZI/9HQlhHVljz8nEZa0xLljP+8eSqV9fmg/0Gk+OZQncD9TXN1cdM2iPxLclAZoaI0/PSmuQRqHgT9NMkLEpH' +
  '9Av/qMdgq6uns/rCEe4AY0sD8umOiagc6TPyCk5EVSKIw/Y2Fy/ZtqaT/s7V/J/ux+P9p6sz7uQYk/Nt+vcv4ktj9ncmJ7jmaWP6l9JKph' +
  'PJI/WAyU2yjlcD+upDnPEKyAP0jx8zCgSI0/kHCyATGpkz9xFUq7xJ5wv2Xi81O6tFC/fc/8dFSf1j4bZaXUFC1ZvxqSx0G9sjI/E3p8OH' +
  'hnVb/q2wg/DglSvwZi+gyOcm8/S1vBHbCvqT+F9RLbcASRPxKIvPS3woU/bGV+3zPGYz+MSafMOr16P9Er3wrPK4U/sCglKqLAhz+ZA3hn' +
  '0Edlv57pZw1dzIM/TXlWcH7Vqj819Wg81e2RPy0M5NqNK4g/9Wn9ee4AUj9yvjqWj69+P3eJPowohYQ/Al36s09PiD8YvYhxL05FP3npZe' +
  'c1fYA/Vr6HBN2Sgz8pLmieAj62P60irVte5JU/s0B+ohWXkT+04kcqwNlsPztfNJjA838/TiRqYx9xiz8Er1pcd2KSP6HeHNTv4EO/1Dg9' +
  'b0CChT9+EzPutRuHPz1x2E+dk5M/gdw2oJ6gib+WKyaPUDp1v4LzkAhu3WG/FJutZrZ3DD/qrJXw05Vgv4JtUNc+lWS/p8+SrgvEY7/4mh' +
  'lP/VdWPzgBf661Nme//Mva8ntZX7/fszQloLFmv7JFPohS8mg/XedanqzKrT8J47erpqKTP813kqAoC4k/2lWe5MuuXD+N9Y6LsQGAP2K9' +
  'BmPf9IY/h7LJ3QzziT8QuVt+BLxUv1ulYQuqIoQ/z/J0TI6jgz904xvfF86JP950w0EGBG6/cIbsf0Nahz9bMYQgdyynP2rQRyPOLY4/iB' +
  'NF5hlbhD8Pe/0mpxFXPxulOm0Ck3g/mInpHq6xgT+XMb8mabGEP7QCD1pJRSO/xF5iwtsJfT8ciBOf7J9/P+t/88mmaYQ/ttw7nvOGVL/1' +
  'XyjDT12APwMXTHJCx3s/AK6jT6nmtT8iR4ICjXeVP7MNFCdSUZE//qMy3VcnbT8Cf8rajCt/P0d+LrzkF4s/2nHAH3Mfkj+Phdz8UQRFvx' +
  'guN6IhNIU/BtifdjWehj+a2ql6RwCTP63z23uouWK/2Ih88iLIiD8IQe51oz+EP4+V3mI7ZJM/8TbNlosNhL/KxwraPzB0v/jViwjKuGC/' +
  'IzLV6+ltFb9qt5K+kT5hv1yT0V0Pdma/wk4PHAR5Yr9boIWwy9JYPxyz5WhOEGq/SAovayPBXr8bpgmVyithv2ZIVdKYZEQ//H9pv0UCZr' +
  '+tmrARJGdhvxD6flWusGW/+xkxWGyNbD+A4iXbMIitP9+Ul+lho5M/yRhukOkSiT89uQ3pH7ddP/LPL8oNGIA/seQUChJNhz/zh/TQdwWK' +
  'P2EIzqQMpVe/6VAZrXSghD8qcHuyM5uDP7S6ErWEVIk/vUD4c5gxZb/Vzr8agmmGPwlwGySTTYE/A0PlbUvdiT/pP2TekAFxv8qoHr2cVY' +
  'g/AJ9kwVqkpj827lLU6maNP3YMRbgbsoM/EUXQzWBwVT/27oPCGsh3P7Lk8ZkV44A/UH54vaD0gz+LqozWveEAP15NjFc3SXs/g0JS2pzD' +
  'fj9DQiQSAeWDP49dyGhY71+/p8bN/bRngD8VDk6GPnp5PzZQGrQoiYM/i1dWnyEzUr+Fh9/ZLGt/P8Wr2FLiLno/u0zBbMm+0j+wb1C/gI' +
  '6mP/xpJVUIiKk/WIiK97wchj89WWFSDIaLPxdm1X5iUJ4/AGhm95S3qj/DQhOCeSNPP3Uu72UP9pQ/nzu9nz4pmj9t8eujDt2sP8tvbrm7' +
  'GUS/XzDx7y+RmT/0VhCAMvaXP4flF73Fcaw/3a+PqROBQL+n2l5CTYaZPwzofTYkcZY/J9oATlni6T8Ud7GeV/ywP1ldr5tdfJg/kOcd5j' +
  'P6jj/IQOVCySBpPwit5W99+IE/Pv4JC/5uij9aMKkMpiePP63r/2z3R1s/dF4mIErwgz/pcTVdwdiIPzKJ8IzKOo4/oT5nJGDBVb/Tkch0' +
  'izCIP6qCrev+v4Q/ODLJUWeijT/lsnpZDx9WvzC8B5Xs4oc/xCfaW/VbhD9UX3fcV+2yPwOxPGYCwZk/OMRwpdvKqj+Ugn59vHKJP3M1Ql' +
  'DB/IY/lAj+nfULYT/MhkR0uHVzPzez2D9cVoA/avlcdOMdhz8S/EjOg7FNP0doLgeoQXc/yEO+fqe9fT9DL4/GxtuGP95bj+pAqz6/7/WB' +
  'oeMWfD/m7Y7Sav14P9Z49i00d4Y/q/3yR+wSNb8kiy9JqZp7Pw7vk7I3PXg/nX94mCFjtz/XYJBl1OGOP0KqbUSNdZA/rdXfXaf2bj9HRD' +
  '+nuZlBv4ewQLt+ADc/QJt0Hpc6ZT/PXACgHotWv/jED19zS0U/VaHxAOlrWD/o/prl3KVYv8U4jt+7CUQ/KKviio1PRL95OQvLUIlUPydt' +
  'qD/3wCg/U5mSunbICr9EOlm585ASv1a0yhZXb1U/Z6SXFAcNPD+WmUSnJf0jv4ajeCqWxxU//b3ftEWIdj+KGpN/GXhEP1Oe7Y66XEc/p6' +
  'CHKEUdbj+t/AIfRRShP8wCuWKnbYc/r3Gz4Rnofz/FNXpcFP4wP3wHVIaws3Q/PqAVH6W+eT9s7/b4oJR9P9CM54NXZlk/6erCDTC2cj/T' +
  'NECBKIp6P7kHLQGTB30/Vp///0+xRb9Ql4ooKTR4P5Gz5QVpRXU/QBrRUBlDfD+XSnG/4vVJv83AAD3VJHg/UtMh6y1OdD+JLxKC2vqkP+' +
  '/4FOoVZ4c/0pd0fxE1gT98IhGo4dhav/CnE8tyQn0/hPlv6x+NpT9svYfUfESJP6OYG9VYCYM/NHIVfGthZT/8vD0ypwVyP0TgvPzQxX8/' +
  'zrULyRbTgz/tqIxOBDMzP2U6U74wtnc/mfL28hVrez/egZugSyKDPw9g1ddTfEW/e0pWrolYez+yYNbnbKZ3P+SVytm8xoI/6tBo962fQb' +
  '/cV1Vkr8h6P0JY8r39RHc/lxXRQF3hqz9hdYh9coKLPxiubcWP2oU/JLO9twM/WT/W1RplYot6P21FeGXoZYI/tv8pkwThqj+brd/9zOeI' +
  'P6ry1EvIyYY/bkFBioEoaj/rFmMc0ftwP20phFchxYA/r0gCLQdmiD95NRp+Kc4Bvzq2PaM7lHg/Pwq9fhdSfD9d/s/TWXCHP/8hncktPz' +
  'm/ljKyMy6Nez9a5Pfkc7x4PxNr9wtUIYc/7+vT8MNIMr8TzhNfCSl7PxVX/3f4+Xc/NJWdxBIcuD8WCAzgeaOOP6zgSKkj144/KOP31aVz' +
  'ZD8eb2AeRW19P39Do14AHoY/yEXvp/E2kj/BBLhnxktyv8A2h4zjWGC/+CU+SWdpPL9xummL5Ulbv5ybSP1GMhW/HJs9MqXUWr8mAN7Lqg' +
  'lZv+8r5F4II2U/8bkcig63Yr9TwdG5/Hwnv1yF21P5t06/C1bS8t81UT8+rZRMBfpXv9JC6dhcYkK/BvCd+M7dS7/GnMBkp/hKP5rG0q9V' +
  'VVa/hl3ukGNoQ783cOx5fdNzP8ZbZbRPtyU/CtxOL+HqUT/JFCQdkzNdvwDS9UBU6VI/SZkH+ciGNb9Tn1/O5iQzv8zXSZPukWo/+S5jFc' +
  'JZoz8O/HFpcveIPxWo5QD7zYA/j6tZi9KYZD9IbqnWGb1xP0CkEmJz0H4/aaPZJ41Cgj+UU3mE5TVGvyrx5Sa2VXk/7ccmV5d1eT+d7e7Y' +
  'g++AP5LiFOskMFO/D7y5HD5vez9vk0ZY0yx2Pzcu8D+EcIA/EM8qcuqSUL/OgoCUJL96Pz/n9eRjvXU/0hJ3FwEWpT9zfO1DC8KHP1DyR6' +
  'gnP4A/42jhfpVKVz91jZArjsp1P02qanGaZ34/QYDMwLakgj+aO/toyvBav9PywXtGYX0/ZIdWfjh1oz9AgcJp4JaHP2XSljeE64E/yi1x' +
  'xH6ZVD+kqGjkyCNzPyEqITPxjHs/vMIX/Cl6gT8XZYilIPhaP2OotQ3a3XI/GTL88U2Fez9Bn1LSsSKBPw82n0/L8iu/RErMUm46eD9gZt' +
  'RuJH52Pwyn0naR2oA/OOVNJHCjNb/QAL3e7iZ4P1J88mG8r3U/ar3LZ1jvqz8KK75XirqKPyDi2LIM9YQ/d1XkBpmEEL+ddobhKFV9PyBH' +
  'WnTeb4A/zitFZZ99hT8zoB4HDhBUP1eYaNoEeHo/y5UyzAu8gT/oiBxfMjiqP88R9YJqfIY/3JZNRAyLhD9Weh3RL19mP8hMjpXbV20/1l' +
  'a9hHQ7fT/u1esnAo+FP66e3Pp0uSw/dA0uQsoYdT9qe4AUO8N4P/0/anXEI4c/PybEFLkSRr9qJhuznM15P6Ps1L6UA3Y/OBKWSTKuhj+l' +
  'ctHsGbZAvxDvSeUhXHk/Hev6YRFRdT/0LU8LceC5P1xouJRDoI0/1XJV1YJ+jT9ziar7OJlcP9Oq66v1pHw/UsNOJCwlhD9F2k5sl/KOP0' +
  'tmxatkM0I/YpquXokwfz/8yArzk1mDP+1TJETey5E/4+SkEkgJhr/CELXULn9uv+6Jo8FFo16/dmFT2Eg6Pr/oy5KrnVJTv8yXT/14UV+/' +
  'NDXfGUjqYL+JpqnzKjk5PzDEHkdaCFy/twtB6/nlWL//Y2IudpdkvxCB/l7tjF0/Xcv39r5rZL87tKmmShVRv9twz/y7JV+/B/Rloi4kLr' +
  '+2wDnznedYvxU0+TrzjVq/+JCe8U8hXL85HwzZ2iNiv64tpnrerzq/9lSnUTe6Cb8gpGH6j9ZLv4ASs5lmk1C/1OO1m9K5ML+8BwMancpL' +
  'P2ZW4hNjz1W/aNnN/dzbQL8xvOqw3q1Qv5AqeRd7NmQ/Zd7Ojr4Vpj9x3j7+/PyKPxILP9sLpII/rMCxo8JVYD+2U5mfWtNzPwo2Zaoji3' +
  '8/i4RoqjQYgz9MZzgE1eU9P+GA1fFUEXg/JoAK6ndDfD/+/gTm8YyDP/qFBJ2v9Fi/ZoEiRtHwfT/hs8re9pB3P8bRtYApjoI/aPmLzNBC' +
  'Q7+DsIx4x7N7P8xZgo8NDng/dY8yJgffqj9IEvK7CZiLP3xTNUa4IYM/jzw5zBI0QT95/YcSV1F7P+fNSF7RjIA/2Pbbod0Tgz9ylSPU6b' +
  '8uvzYnq0aa0Xw/P+LPyx8vfz9jYqSqJ3yEP3VZZYYlYGK/RpkXWaPxgT+Wf+NUE7GfP1tOmmGWkIM/v/6/kpjCfD/ymG8AJkFXP+CS+Q4v' +
  'Mm4/YVO68jlEdz/pHm/SFKd8P4gfEq3GIEw/gFmyLRC6cD8WO9BMNOB1P28Pl8loBHw/UKlzZA4JEz/aNgpc37RzP2EiOJNuBXM/zr4Zkh' +
  'FEfD+k5u5KwQZIv9fJSOI0FHU/fA2GaUhfcT8qvTtfpnCoPxXh3/PvnYY/NPIBL3FNgT95jRYDB601Pxr+uwqxnHc/E0Gesj7aez9Znknp' +
  '7ayBP9GZThenuUI/Q/ajKzSsdj8uDZWLUW98P4Mn4wfYboE/gLnsMMjDE78rFqiHMjF6Px/oKhdxIXk/VUsNaXJgqT9M2deMi4WFPwKFrU' +
  'rxy4M/lZ+4HK7tZT/BdFYv9RtsP2W/jLlWMnw/7sdFBiTUhD/7jaj7FVwkP6sAWDzSb3Q/tFQAyvi5dz/Va9dwXj2GP8FkKehs6jW/gwxy' +
  'p5lTeD9mFd4hbod1P4rL6NOgt4Y/DihLDjBbUL9IG00ITa55P9d+CNeSR3Q/2Ww80mNpuT/v5GShWHSMP0Seemn8Co0/pQ6f6xyPXj/7cb' +
  'SChil7Pz918P8vpIM/+2ppjGpfjj9uKppJxQY+P4yFVh1pPn4/pUrYR5SIgj9HklVMx3+QP5fdWi7thjq/QdliObaSgj9e/FvcdI6APxYB' +
  '3nJFn5E/KIwQmN4SfL9B+N4G0n1qvzP0WTc701q/W0icXVMoQL8kJI9q049Tv7foY5zaBF+/xMc4/wXtWr+oTH1TQT8qPzwxOyxet1q/ZD' +
  '1M2ZhfWL8HxwfuVw1ZvwyVxZipAUK/4b5RBZzUVb+z57zvBwRcv1xZPBp6x2G/FDxlhf/7Xz+EZE6DB+hkvyap/2YntU2/8Hlw3Oktd7+P' +
  'JrDCwBFlvyOOLw9U7Eu/cHPEF9wrOz+2rkhVZqdYvyzPXPM+bVO/ktyt5AYVT7+AEVRbeoA1P6HX+07Cjla/slQUsN+yVL92G82XCPVSv3' +
  'WwLfm9wUK//pSt6GmbUr/dOFPKMCxavy5YkKWs5Fu/2bMhObzUZj/BEnLHsDGlP6u1Y1MHX4o/h80KtQdrgj+fXBtgVWJgP0Ae75y7x3M/' +
  'LMl0UPpmfz9IFhCuJ6aCP3ZqL7OiGUI/88sP4FC4dz+F+G+VXyF8PwR4+aBwlII/3veuTqIaN7+YbYS5XmF7PyMZF/dq7Hg/Gc4ie9QOgz' +
  '+lOphKfNhbv/Eba8TH7H0/QwuYi7uRdj9DTgPTYomsP4R6nYRUxIs/Z5jtASHTgz/6euoWGn80P+cNFjrlx3w/0D4CtKnFgD+K12GLRxSE' +
  'Py2p9RqexQY/5x3zSKLWfD/cH666u3aAPx5enfghMIQ/UQCOteH5Rr/XyiKAyXeAPzleCEt7Hn0/6tDhHcTphD+ImRl2RjNnvxtm2ynvHY' +
  'M/G60iOEpXoD9AAegja6aDP0lEmjXGcHw/bOPF7w3bVj/Gy6gjI8VtPwes1TND+XY/YmooJ93ZfD/yx7RTeXtHPwZ+0uWW3nA/8SnbWOV/' +
  'dT/+w6RUQ8Z8Py+bnAvJC0u/XLmoCT5jdT+2aEXbk3txP4SrjAdDdXs/cI9wPEpr+76GHHAjpWlzP4HGTEnpN3I/O3Wyi3YGpj8of7JorL' +
  'mFP1rrE0jSUIA/iWC00BZ1RD8asstOmTl1P4FAwgHM2no/gP1269ZAgD++Nl9DbSIsPzgQ0dsHJ3Y/HdaObvmdeT9oAeBwwMd/P288Jt+f' +
  '0lK/+LUdJWduej8bNYuIPQF1PzTTMe+4gn8/f/vxoZJON7/d+t9Atih5P1fNVEXlNXY/';
